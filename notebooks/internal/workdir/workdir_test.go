package workdir

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// lesson is a notebook of one code cell, with an output.
func lesson(source, output string) string {
	return fmt.Sprintf(`{"cells":[{"cell_type":"code","id":"a","metadata":{},"source":[%q],"execution_count":null,
"outputs":[{"output_type":"stream","name":"stdout","text":[%q]}]}],"metadata":{},"nbformat":4,"nbformat_minor":5}`, source, output)
}

// desk is a clone with one lesson, and a reader's work folder.
type desk struct {
	t           *testing.T
	clone, work string
}

func newDesk(t *testing.T) *desk { return &desk{t, t.TempDir(), t.TempDir()} }

// publish puts a version of the lesson into the clone and syncs.
func (d *desk) publish(text string) Result {
	d.t.Helper()
	path := filepath.Join(d.clone, "01-a.ipynb")
	d.write(path, text)
	results, err := Sync(d.work, []string{path})
	if err != nil || len(results) != 1 {
		d.t.Fatalf("Sync = %v, %v; want one result", results, err)
	}
	return results[0]
}

func (d *desk) write(path, text string) {
	d.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// edit is the reader writing in the work folder.
func (d *desk) edit(name, text string) { d.write(filepath.Join(d.work, name), text) }

// want checks a file of the work folder.
func (d *desk) want(name, text string) {
	d.t.Helper()
	got, err := os.ReadFile(filepath.Join(d.work, name))
	if err != nil || string(got) != text {
		d.t.Errorf("%s holds %q (%v); want %q", name, got, err, text)
	}
}

func (d *desk) wantResult(got Result, action Action, put string) {
	d.t.Helper()
	if want := (Result{"01-a.ipynb", action, put}); !reflect.DeepEqual(got, want) {
		d.t.Errorf("result %+v; want %+v", got, want)
	}
}

func TestUnchangedCopyFollowsTheBook(t *testing.T) {
	d := newDesk(t)
	one, two := lesson("one", "1"), lesson("two", "2")
	d.wantResult(d.publish(one), Copied, "01-a.ipynb")
	d.wantResult(d.publish(one), Same, "")
	d.wantResult(d.publish(two), Updated, "01-a.ipynb")
	d.want("01-a.ipynb", two)
}

func TestRunningALessonIsNotAChange(t *testing.T) {
	d := newDesk(t)
	d.publish(lesson("one", "1"))
	d.edit("01-a.ipynb", lesson("one", "the reader's run"))
	d.wantResult(d.publish(lesson("one", "1")), Same, "")
	d.want("01-a.ipynb", lesson("one", "the reader's run"))
	d.wantResult(d.publish(lesson("two", "2")), Updated, "01-a.ipynb")
}

func TestNewOutputsReachAnUntouchedCopyOnly(t *testing.T) {
	d := newDesk(t)
	d.publish(lesson("one", "1"))
	d.wantResult(d.publish(lesson("one", "1, redrawn")), Updated, "01-a.ipynb")
	d.edit("01-a.ipynb", lesson("one", "mine"))
	d.wantResult(d.publish(lesson("one", "1, redrawn again")), Same, "")
	d.want("01-a.ipynb", lesson("one", "mine"))
}

func TestChangedCopyIsKeptAndTheNewOneOfferedOnce(t *testing.T) {
	d := newDesk(t)
	mine, two, three := lesson("mine", ""), lesson("two", "2"), lesson("three", "3")
	d.publish(lesson("one", "1"))
	d.edit("01-a.ipynb", mine)
	d.wantResult(d.publish(lesson("one", "1")), Kept, "")
	d.wantResult(d.publish(two), Beside, "01-a.new.ipynb")
	d.wantResult(d.publish(two), Kept, "")
	d.want("01-a.new.ipynb", two)

	// Nobody touched the one beside: the next version takes its place.
	d.wantResult(d.publish(three), Beside, "01-a.new.ipynb")
	d.want("01-a.new.ipynb", three)

	// Touched, it is the reader's too.
	d.edit("01-a.new.ipynb", lesson("also mine", ""))
	d.wantResult(d.publish(lesson("four", "4")), Beside, "01-a.new-2.ipynb")
	d.want("01-a.ipynb", mine)
	d.want("01-a.new.ipynb", lesson("also mine", ""))
}

func TestDeletedCopyComesBackFresh(t *testing.T) {
	d := newDesk(t)
	one := lesson("one", "1")
	d.publish(one)
	os.Remove(filepath.Join(d.work, "01-a.ipynb"))
	d.wantResult(d.publish(one), Copied, "01-a.ipynb")
	d.want("01-a.ipynb", one)
}

func TestAFileWeDidNotPutThereIsNeverOverwritten(t *testing.T) {
	for _, mine := range []string{lesson("somebody's", ""), "not a notebook", ""} {
		d := newDesk(t)
		d.edit("01-a.ipynb", mine)
		d.wantResult(d.publish(lesson("one", "1")), Beside, "01-a.new.ipynb")
		d.want("01-a.ipynb", mine)
	}
}

func TestABrokenRecordOverwritesNothing(t *testing.T) {
	d := newDesk(t)
	one := lesson("one", "1")
	d.publish(one)
	d.edit(record, "{")
	d.wantResult(d.publish(lesson("two", "2")), Beside, "01-a.new.ipynb")
	d.want("01-a.ipynb", one)
}

func TestSyncLeavesNoTemporaryFiles(t *testing.T) {
	d := newDesk(t)
	d.publish(lesson("one", "1"))
	entries, err := os.ReadDir(d.work)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != record+" 01-a.ipynb" {
		t.Errorf("the work folder holds %q", got)
	}
}
