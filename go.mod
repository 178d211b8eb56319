module socketbook

go 1.26
