package cell

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// listed is what go list says about a package, the part that we need.
type listed struct {
	ImportPath, Name, Export, Dir string
	Standard                      bool
	Deps                          []string
	GoFiles, SFiles, EmbedFiles   []string
	Module                        *struct {
		Main    bool
		Replace *struct{ Version string }
	}
	Error      *listError
	DepsErrors []*listError

	stamps stamps // of the source files, where a reader may edit them
}

type listError struct{ Err string }

const listFields = "-json=ImportPath,Name,Export,Dir,Standard,Deps,GoFiles,SFiles,EmbedFiles,Module,Error,DepsErrors"

// closure returns the packages that a program with these imports consists of. It
// asks the go command about those it does not know or that were edited since. While
// the go command works, others may use what is known: the first cell need not wait
// for what is compiled ahead of it.
func (b *Builder) closure(ctx context.Context, imports []string) ([]*listed, error) {
	imports = append([]string{"runtime"}, imports...)
	for _, importPath := range imports {
		if problem := unfit(importPath); problem != "" {
			return nil, &buildError{pkg: importPath, output: problem}
		}
	}
	const tries = 5 // another cell may find a file edited and drop what we just learnt
	for try := 1; ; try++ {
		b.mu.Lock()
		b.forgetEdited(imports)
		unknown := b.unknown(imports)
		if len(unknown) == 0 || try > tries {
			defer b.mu.Unlock()
			return b.collect(imports)
		}
		b.mu.Unlock()
		if err := b.list(ctx, unknown); err != nil {
			return nil, err
		}
	}
}

// unfit says why an import path cannot be one of a cell.
func unfit(importPath string) string {
	switch {
	case internalPath(importPath):
		return "a cell cannot import " + importPath + ": it is internal to its module"
	case importPath == "C":
		return "a cell cannot use cgo"
	case module.CheckImportPath(importPath) != nil: // "..." and "./x" are patterns for the go command
		return fmt.Sprintf("%q is not an import path", importPath)
	}
	return ""
}

func (b *Builder) unknown(imports []string) []string {
	var unknown []string
	for _, importPath := range imports {
		if b.listed[importPath] == nil && importPath != "unsafe" && !slices.Contains(unknown, importPath) {
			unknown = append(unknown, importPath)
		}
	}
	return unknown
}

// list asks the go command about packages and all that they import.
func (b *Builder) list(ctx context.Context, packages []string) error {
	began := time.Now()
	changes := stampFiles(began, filepath.Join(b.module, "go.mod"), filepath.Join(b.module, "go.sum"))
	args := append([]string{"list", "-e", "-export", "-deps", listFields, "--"}, packages...)
	output, err := b.goCommand(ctx, args...)
	if err != nil {
		return err
	}
	list, err := decodeList(output)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.editable() {
			files := []string{p.Dir}
			for _, name := range slices.Concat(p.GoFiles, p.SFiles, p.EmbedFiles) {
				files = append(files, filepath.Join(p.Dir, name))
			}
			p.stamps = stampFiles(began, files...)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.listed) == 0 {
		b.changes = changes
	}
	for _, p := range list {
		if old := b.listed[p.ImportPath]; old != nil && old.Export != p.Export {
			b.dropEditable() // others here were compiled against the old one
			break
		}
	}
	for _, p := range list {
		b.listed[p.ImportPath] = p
	}
	return nil
}

func (b *Builder) dropEditable() {
	maps.DeleteFunc(b.listed, func(_ string, p *listed) bool { return p.editable() })
}

// collect gathers the imports and their dependencies, or names the first package
// that cannot be had. The caller holds the lock.
func (b *Builder) collect(imports []string) ([]*listed, error) {
	var packages []*listed
	seen := map[string]bool{"unsafe": true}
	for _, importPath := range imports {
		p := b.listed[importPath]
		if seen[importPath] {
			continue
		}
		if p == nil || p.Export == "" || p.Name == "main" {
			delete(b.listed, importPath) // ask again next time
			return nil, &buildError{pkg: importPath, output: p.complaint(importPath)}
		}
		for _, name := range p.all() {
			if dep := b.listed[name]; dep != nil && !seen[name] {
				seen[name] = true
				packages = append(packages, dep)
			}
		}
	}
	return packages, nil
}

// complaint says why a package cannot be imported.
func (p *listed) complaint(importPath string) string {
	switch {
	case p == nil:
		return "there is no package " + importPath
	case p.Name == "main":
		return importPath + " is a program, not a package"
	case p.Error != nil:
		return "cannot import " + importPath + ": " + strings.TrimSpace(p.Error.Err)
	case len(p.DepsErrors) > 0:
		return "cannot import " + importPath + ": " + strings.TrimSpace(p.DepsErrors[0].Err)
	}
	return "cannot import " + importPath
}

// all is the package and everything it needs.
func (p *listed) all() []string { return append(slices.Clone(p.Deps), p.ImportPath) }

// editable tells the packages whose sources a reader may change: those of the
// module itself and of modules replaced by a folder. All others are immutable.
func (p *listed) editable() bool {
	return !p.Standard && (p.Module == nil || p.Module.Main || p.Module.Replace != nil && p.Module.Replace.Version == "")
}

// forgetEdited drops what is known about packages whose sources changed. Since
// others were compiled against them, all editable ones are dropped together. The
// caller holds the lock.
func (b *Builder) forgetEdited(imports []string) {
	if b.changes.changed() {
		b.listed, b.answers = map[string]*listed{}, map[string]answer{}
		return
	}
	for _, importPath := range imports {
		p := b.listed[importPath]
		if p == nil {
			continue
		}
		for _, name := range p.all() {
			if dep := b.listed[name]; dep == nil || dep.stamps.changed() {
				b.dropEditable()
				return
			}
		}
	}
}

// stamps tell whether files are as they were.
type stamps []stamp

type stamp struct {
	file     string
	size     int64
	modified time.Time
	unsure   bool // written while we looked: count it as changed once more
}

func stampFiles(began time.Time, files ...string) stamps {
	list := make(stamps, len(files))
	for i, file := range files {
		list[i] = stamp{file: file}
		if info, err := os.Stat(file); err == nil {
			list[i].size, list[i].modified = info.Size(), info.ModTime()
			list[i].unsure = info.ModTime().After(began)
		}
	}
	return list
}

func (list stamps) changed() bool {
	for _, s := range list {
		now := stamp{file: s.file}
		if info, err := os.Stat(s.file); err == nil {
			now.size, now.modified = info.Size(), info.ModTime()
		}
		if now.size != s.size || !now.modified.Equal(s.modified) || s.unsure {
			return true
		}
	}
	return false
}
