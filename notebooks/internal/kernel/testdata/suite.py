"""The suite of jupyter_kernel_test, with what the bundled kernel declares."""
import unittest

import jupyter_kernel_test

DISPLAY = """type display struct {
	Data      map[string]any
	Metadata  map[string]any
	DisplayID string
}
%%
f, _ := os.OpenFile(os.Getenv("GONB_PIPE"), os.O_WRONLY, 0)
gob.NewEncoder(f).Encode(display{Data: map[string]any{"text/html": "<b>bold</b>"}})
"""


class BundledKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "socketbook-suite"
    language_name = "go"
    file_extension = ".go"
    code_hello_world = '%%\nfmt.Println("hello, world")'
    code_stderr = '%%\nfmt.Fprintln(os.Stderr, "oops")'
    code_generate_error = "%%\nfmt.Println(nobody)"
    code_display_data = [{"code": DISPLAY, "mime": "text/html"}]
    code_inspect_sample = "greet.Hello"
    completion_samples = [
        {"text": "greet.", "matches": {"Hello", "Word"}},
        {"text": "%%\nfmt.Println(greet.He", "matches": {"Hello"}},
        {"text": "%%\nstrings.TrimP", "matches": {"TrimPrefix"}},
        {"text": "%go", "matches": {"%goworkfix"}},
    ]
    complete_code_samples = ["func f() int { return 1 }", '%%\nfmt.Println("a")', "!ls"]
    incomplete_code_samples = ["func f() {", "%%\nfmt.Println("]
    invalid_code_samples = ["func f() { return return }", "x := 1"]
    supported_history_operations = ("tail", "range", "search")

    # The suite asks for the history only of kernels with an execute_result, which a
    # Go program has not. These are its demands, with cells that print.
    def test_history_of_cells(self):
        codes = ["var historic = %d" % n for n in range(2)]

        def ask(**args):
            return self.history_helper(codes, raw=True, **args)["content"]["history"]

        tail = ask(output=False, hist_access_type="tail", n=2)
        self.assertEqual(codes, [entry[2] for entry in tail])
        session, start = tail[0][0:2]
        self.assertEqual(len(ask(output=True, hist_access_type="tail", n=2)[0][2]), 2)
        one = ask(output=False, hist_access_type="range", session=session, start=start, stop=start + 1)
        self.assertEqual([[session, start]], [entry[0:2] for entry in one])
        search = {"output": False, "hist_access_type": "search", "pattern": "*historic = 1"}
        self.assertGreaterEqual(len(ask(**search)), 1)
        self.assertEqual(len(ask(unique=True, **search)), 1)
        self.assertEqual(len(ask(n=3, **search)), 3)


if __name__ == "__main__":
    unittest.main()
