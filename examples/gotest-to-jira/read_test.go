package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/examples/internal/program"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

// stream makes events of package p. Those with a text are output, of a test or, without a name, of the package.
func stream(t testing.TB, events ...[3]string) string {
	t.Helper()
	var all strings.Builder
	for _, e := range events {
		line, err := json.Marshal(event{Action: e[0], Package: "p", Test: e[1], Output: e[2]})
		if err != nil {
			t.Fatal(err)
		}
		all.Write(append(line, '\n'))
	}
	return all.String()
}

// found reads a stream without a terminal.
func found(t testing.TB, in io.Reader) (all *testRun, stderr string) {
	t.Helper()
	var errs bytes.Buffer
	all, err := read(in, &errs, program.NewProgress(&errs))
	if err != nil {
		t.Fatal(err)
	}
	return all, errs.String()
}

// What is not from go test -json is refused, what is among it is passed on.
func TestForeignInput(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing": "", "blank": "\n\n", "text": "ok  \tp\t0.1s\nFAIL\n", "HTML": "<html>\n</html>", "JSON": "{\"level\":\"info\"}\n[1,2]\nnull\n",
		"other events": `{"Action":"fail"}` + "\n", "no text": "\x00\xff\xfe{",
	} {
		code, stdout, stderr := call(t, nil, strings.NewReader(in))
		if code != program.ExitUsage || stdout != "" || !strings.Contains(stderr, "not from go test -json") || strings.ContainsAny(stderr, "\x00\x1b") {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
	}
	in := "go: downloading example.com/x v1.0.0\r\n" + stream(t, [3]string{"run", "TestA"}) + "\x1b[31mnot\x1b[0m JSON\n{\"Action\":\"pa\n" +
		stream(t, [3]string{"fail", "TestA"}) + "the end"
	code, stdout, stderr := call(t, nil, strings.NewReader(in), "-json")
	if diff := cmp.Diff([]string{"p TestA created"}, results(t, stdout)); code != program.ExitOK || diff != "" {
		t.Errorf("exit %d, results (-want +got):\n%s", code, diff)
	}
	if want := "go: downloading example.com/x v1.0.0\nnot JSON\n{\"Action\":\"pa\nthe end\n"; !strings.Contains(stderr, want) {
		t.Errorf("stderr is %q", stderr)
	}
}

// What failed before the input broke off is filed; that there may be more is not concealed.
func TestInputBreaksOff(t *testing.T) {
	t.Parallel()
	in := stream(
		t, [3]string{"start"}, [3]string{"run", "TestA"}, [3]string{"run", "TestB"}, [3]string{"fail", "TestA"}, [3]string{"run", "TestC"},
	)
	code, stdout, stderr := call(t, nil, strings.NewReader(in), "-json")
	if diff := cmp.Diff([]string{"p TestA created"}, results(t, stdout)); code != program.ExitOK || diff != "" || !strings.Contains(stderr, "not known: p\n") {
		t.Errorf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
	code, stdout, stderr = call(t, nil, io.MultiReader(strings.NewReader(in), iotest.ErrReader(errors.New("the disk is gone"))), "-json")
	if diff := cmp.Diff([]string{"p TestA created"}, results(t, stdout)); code != program.ExitFailed || diff != "" || !strings.Contains(stderr, "the disk is gone") {
		t.Errorf("exit %d, results (-want +got):\n%s%s", code, diff, stderr)
	}
}

// What fails is found whatever happens to the test and its package.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		events [][3]string
		want   []string
	}{
		"passes again": {
			[][3]string{{"start"}, {"run", "TestA"}, {"fail", "TestA"}, {"fail"}, {"start"}, {"run", "TestA"}, {"pass", "TestA"}, {"pass"}},
			[]string{"p: TestA"},
		},
		"fails later": {
			[][3]string{{"start"}, {"run", "TestA"}, {"pass", "TestA"}, {"run", "TestA"}, {"fail", "TestA"}, {"fail"}},
			[]string{"p: TestA"},
		},
		"package passes later": {
			[][3]string{{"start"}, {"output", "", "exit status 1\n"}, {"fail"}, {"start"}, {"pass"}},
			[]string{"p: outside of tests"},
		},
		"running at the end": {
			[][3]string{{"start"}, {"run", "TestA"}, {"run", "TestB"}, {"pause", "TestB"}, {"run", "TestC"}, {"pause", "TestC"}, {"cont", "TestC"}, {"fail"}},
			[]string{"p: TestA", "p: TestC"},
		},
		"only what failed": {[][3]string{{"fail", "TestA"}, {"fail"}}, []string{"p: TestA"}},
		"benchmarks": {
			[][3]string{
				{"start"},
				{"run", "BenchmarkA"},
				{"run", "BenchmarkA/x"},
				{"run", "BenchmarkA/y"},
				{"run", "BenchmarkB"},
				{"run", "BenchmarkB/z"},
				{"output", "BenchmarkB/z", "panic: oh\n"},
				{"fail"},
			},
			[]string{"p: BenchmarkB"},
		},
		"benchmarks and a test": {
			[][3]string{{"start"}, {"run", "TestA"}, {"fail", "TestA"}, {"run", "BenchmarkA"}, {"output", "", "FAIL\n"}, {"fail"}},
			[]string{"p: TestA"},
		},
		"race outside": {
			[][3]string{
				{"start"},
				{"run", "TestA"},
				{"fail", "TestA"},
				{"output", "", "FAIL\n"},
				{"output", "", "testing: race detected outside of test execution\n"},
				{"fail"},
			},
			[]string{"p: TestA", "p: outside of tests"},
		},
		"not built, in the old form": {
			[][3]string{{"output", "", "FAIL\tp [build failed]\n"}, {"fail"}},
			[]string{"p: build"},
		},
		"only said to be unbuilt": {
			[][3]string{{"start"}, {"run", "TestA"}, {"output", "TestA", "FAIL\tp [build failed]\n"}, {"fail", "TestA"}, {"fail"}},
			[]string{"p: TestA"},
		},
	} {
		all, _ := found(t, strings.NewReader(stream(t, test.events...)))
		var got []string
		for _, f := range all.failures(false) {
			got = append(got, f.name())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: failures (-want +got):\n%s", name, diff)
		}
	}
}

// Before Go 1.20 even the verdict on a package that does not build was plain text.
func TestPlainBuildErrors(t *testing.T) {
	t.Parallel()
	in := "# example.com/a_test [example.com/a.test]\n./a_test.go:3:1: syntax error\nFAIL\texample.com/a [build failed]\n" + stream(t, [3]string{"pass"})
	all, stderr := found(t, strings.NewReader(in))
	failures := all.failures(false)
	if len(failures) != 1 || failures[0].name() != "example.com/a: build" || !strings.Contains(failures[0].text(false).Text(), "./a_test.go:3:1: syntax error") {
		t.Errorf("%+v", failures)
	}
	if !strings.Contains(stderr, "syntax error\nFAIL example.com/a [build failed]\n") {
		t.Errorf("stderr is %q", stderr)
	}
}

// noisy is the output of a test that writes a lot, and the memory that is in use when it has been read.
type noisy struct {
	io.Reader

	before, after uint64
}

func (n *noisy) Read(p []byte) (int, error) {
	if n.before == 0 {
		n.before = inUse()
	}
	read, err := n.Reader.Read(p)
	if err != nil {
		n.after = inUse()
	}
	return read, err
}

func inUse() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// repeat yields a text many times.
func repeat(text string, times int) io.Reader {
	readers := make([]io.Reader, times)
	for i := range readers {
		readers[i] = strings.NewReader(text)
	}
	return io.MultiReader(readers...)
}

// Of 20 MB of output the end is filed, and memory does not grow with it. Not parallel: others use memory, too.
func TestMuchOutput(t *testing.T) {
	const lines, times = 1000, 200
	line := [3]string{"output", "TestA", strings.Repeat("é", 49) + "\n"}
	block := stream(t, func() (events [][3]string) {
		for range lines {
			events = append(events, line)
		}
		return events
	}()...)
	in := &noisy{Reader: io.MultiReader(
		strings.NewReader(stream(t, [3]string{"start"}, [3]string{"run", "TestA"}, [3]string{"output", "TestA", "panic: first of all\n"})),
		repeat(block, times),
		strings.NewReader(stream(t, [3]string{"output", "TestA", "the end\n"}, [3]string{"fail", "TestA"}, [3]string{"fail"})),
	)}
	all, _ := found(t, in)
	if in.after > in.before+4<<20 {
		t.Errorf("the memory in use grew from %d to %d bytes", in.before, in.after)
	}
	doc := all.failures(false)[0].text(false)
	text := doc.Text()
	if doc.Err() != nil || doc.Len() < maxOutput/3 || !strings.HasSuffix(strings.TrimSpace(text), "\nthe end") || !strings.Contains(text, "panic: first of all") {
		t.Errorf("%v; %d characters:\n%.300s\n…%s", doc.Err(), doc.Len(), text, text[len(text)-200:])
	}
	missing := lines*times - strings.Count(text, line[2])
	if want := fmt.Sprintf("[… %d lines missing]\n", missing); !strings.Contains(text, want) {
		t.Errorf("no %q in:\n%.300s", want, text)
	}
}

// Of a line that is too long for an issue both ends are filed, and what stands around it.
func TestLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("日本", maxOutput/4)
	all, _ := found(t, strings.NewReader(stream(t, [3]string{"output", "TestA", "first\n"}, [3]string{"output", "TestA", long + "last\n"}, [3]string{"fail", "TestA"})))
	doc := all.failures(false)[0].text(false)
	text := doc.Text()
	line := text[max(strings.Index(text, "日"), 0):]
	before, after, _ := strings.Cut(line, " [… ")
	n, after, ok := strings.Cut(after, " bytes missing …] ")
	missing, err := strconv.Atoi(n)
	if doc.Err() != nil || !strings.Contains(text, "first\n日本") || !strings.HasSuffix(text, "本last") || !ok || err != nil ||
		len(before)+missing+len(after) != len(long+"last") || len(before) < 2000 || strings.ContainsRune(text, unicode.ReplacementChar) {
		t.Errorf("%v, %d + %d + %d bytes of %d:\n%.300s", doc.Err(), len(before), missing, len(after), len(long), text)
	}

	in := io.MultiReader(repeat(strings.Repeat("x", 1<<20), 40), strings.NewReader("\n"+stream(t, [3]string{"fail", "TestA"})))
	all, stderr := found(t, in)
	if len(all.failures(false)) != 1 || stderr != "A line of more than 16 MB was passed over.\n" {
		t.Errorf("%d failures, %.300q", len(all.failures(false)), stderr)
	}
}

// The most that can be in an issue is still one that Jira takes.
func TestWorstIssue(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("𝛂", 300)
	var events [][3]string
	for i := range 30 {
		test := fmt.Sprintf("Test%s/%03d%s", name, i, name)
		events = append(events, [3]string{"output", test, strings.Repeat("\x01𝛂\n", 20000)}, [3]string{"fail", test})
	}
	all, _ := found(t, strings.NewReader(stream(t, events...)))
	for _, f := range append(all.failures(false), all.failures(true)[:2]...) {
		for _, doc := range []*adf.Doc{f.text(false), f.text(true)} {
			units := 0
			for _, c := range doc.Text() {
				units += len(string(c)) / 2 // as Jira counts, or more
			}
			if doc.Err() != nil || units > adf.MaxLength {
				t.Errorf("%v; %d characters", doc.Err(), units)
			}
		}
		if n := len([]rune(f.summary())); n > 255 || !strings.HasPrefix(f.summary(), "p: Test𝛂") {
			t.Errorf("the summary has %d characters: %s", n, f.summary())
		}
	}
}

// FuzzRead feeds the reader anything: what comes out can be filed.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("# a\n# [a]\n# \nFAIL\ta [build failed]\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		all, stderr := found(t, bytes.NewReader(in))
		if strings.ContainsFunc(stderr, func(c rune) bool { return unicode.IsControl(c) && c != '\n' }) {
			t.Errorf("stderr is %q", stderr)
		}
		for _, subtests := range []bool{false, true} {
			seen := make(map[string]bool)
			for _, failure := range all.failures(subtests) {
				if key := failure.key("WEB"); seen[key] {
					t.Errorf("two failures have the key %q", key)
				} else {
					seen[key] = true
				}
				doc := failure.text(false)
				if doc.Err() != nil || strings.ContainsRune(doc.Text(), '\x1b') || failure.summary() == "" {
					t.Errorf("%q: %v\n%s", failure.summary(), doc.Err(), doc.Text())
				}
			}
		}
	})
}
