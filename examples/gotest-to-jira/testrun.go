package main

import (
	"path/filepath"
	"slices"
	"strings"
)

// testRun is what is known of a run of go test: of the tests that fail or still may, of the others little.
type testRun struct {
	events, failing int
	packages        map[string]*testPackage
	order           []*testPackage // as they first appear
	builds          map[string]*testPackage
	text            *testPackage // whose build writes plain text at the moment
}

type testPackage struct {
	name  string
	tests map[string]*test
	order []*test
	out   output // outside of tests
	// begun and not yet over; over by itself, so that no test was running any more
	begun, finished bool
	failing         int    // tests, since it has begun
	benchmark       string // the latest one
	outside         bool   // it failed outside of its tests

	build   output
	unbuilt bool     // it does not build
	heads   int      // of parts of the build's output
	vetted  int      // those of them that go vet has written
	blocked []string // the packages that could not be tested for that
}

type test struct {
	name        string
	out         output
	runs, fails int
	state       state
	cutShort    bool // it was running when its package ended
}

type state int

const (
	running state = iota
	paused
	ended
)

func newTestRun() *testRun {
	return &testRun{packages: make(map[string]*testPackage), builds: make(map[string]*testPackage)}
}

func (r *testRun) pkg(name string) *testPackage {
	p := r.packages[name]
	if p == nil {
		p = &testPackage{name: name, tests: make(map[string]*test)}
		r.packages[name] = p
		r.order = append(r.order, p)
	}
	return p
}

func (p *testPackage) test(name string) *test {
	t := p.tests[name]
	if t == nil {
		t = &test{name: name}
		p.tests[name] = t
		p.order = append(p.order, t)
	}
	return t
}

// add takes in an event.
func (r *testRun) add(e event) {
	r.events++
	r.text = nil
	switch {
	case e.Action == "build-output":
		if name := heading(e.Output); name != "" {
			r.builds[e.ImportPath] = r.pkg(name)
		}
		r.builder(e.ImportPath).writeBuild(e.Output)
	case e.Action == "build-fail":
		r.builder(e.ImportPath).fails(r)
	case e.Package == "": // of a build, and nothing that matters here
	case e.Test == "":
		r.pkg(e.Package).add(r, e)
	default:
		p := r.pkg(e.Package)
		p.test(e.Test).add(r, p, e)
	}
}

// builder returns the package that a build is for. Its output knows better than its name, which is that of an import that
// is missing when that is why it failed.
func (r *testRun) builder(build string) *testPackage {
	if p := r.builds[build]; p != nil {
		return p
	}
	return r.pkg(packageOf(build))
}

// heading returns the package that a line like "# example.com/a [example.com/a.test]" names; "" for any other line.
func heading(line string) string {
	build, ok := strings.CutPrefix(strings.TrimSpace(line), "# ")
	if !ok || build == "" || strings.HasPrefix(build, "[") {
		return ""
	}
	return packageOf(build)
}

// writeBuild takes in a piece of what building the package has written.
func (p *testPackage) writeBuild(text string) {
	switch {
	case strings.HasPrefix(text, "# ["): // a second heading, by go vet
		p.vetted++
	case strings.HasPrefix(text, "# "):
		p.heads++
	}
	p.build.write(text)
}

// slip returns what go test says of a mistake on its command line: a package that is none, or a flag that is none. No
// test can tell of it, and no issue would help.
func (p *testPackage) slip() *output {
	switch {
	case p.unbuilt && (p.name == "." || p.name == ".." || strings.Contains(p.name, "...") ||
		strings.HasPrefix(p.name, "./") || strings.HasPrefix(p.name, "../") || filepath.IsAbs(p.name)):
		return &p.build
	case p.outside && len(p.order) == 0 && len(p.out.all()) > 0 && strings.HasPrefix(p.out.all()[0].head, "flag provided but not defined: -"):
		return &p.out
	}
	return nil
}

// fails notes that a package does not build.
func (p *testPackage) fails(r *testRun) {
	if !p.unbuilt {
		p.unbuilt = true
		r.failing++
	}
}

// packageOf returns the package that a build was for: "a", "a [a.test]", "a_test [a.test]" and "a.test" are all for a.
func packageOf(build string) string {
	name, variant, ok := strings.Cut(build, " [")
	if tested := strings.TrimSuffix(variant, ".test]"); ok && name == tested+"_test" {
		return tested
	}
	return strings.TrimSuffix(name, ".test")
}

// addText takes in a line that is no event: before Go 1.24 and on request, builds speak plain text.
func (r *testRun) addText(line string) {
	switch name := heading(line); {
	case name != "":
		r.text = r.pkg(name)
	case strings.HasPrefix(line, "# [") && strings.Trim(line, "# []") != "":
		r.text = r.pkg(packageOf(strings.Trim(line, "# []")))
	case notBuilt(line):
		r.pkg(strings.Fields(line)[1]).fails(r)
		return
	}
	if r.text != nil {
		r.text.writeBuild(line + "\n")
	}
}

// notBuilt recognizes what go test says of a package that it could not build.
func notBuilt(line string) bool {
	words := strings.Fields(line)
	return len(words) == 4 && words[0] == "FAIL" && (words[2] == "[build" || words[2] == "[setup") && words[3] == "failed]"
}

// add takes in an event of the package itself.
func (p *testPackage) add(r *testRun, e event) {
	switch e.Action {
	case "start":
		p.begun, p.finished, p.failing, p.benchmark = true, false, 0, ""
	case "output":
		p.out.write(e.Output)
		if e.Output == "PASS\n" || e.Output == "FAIL\n" {
			p.finished = true
		}
	case "pass", "skip":
		p.begun = false
		p.close()
	case "fail":
		p.begun = false
		p.fail(r, e)
		p.close()
	}
}

// fail finds out who is to blame.
func (p *testPackage) fail(r *testRun, e event) {
	var broken *testPackage
	switch {
	case e.FailedBuild != "":
		broken = r.builder(e.FailedBuild)
	case slices.ContainsFunc(p.out.all(), func(l line) bool { return notBuilt(l.head) }):
		broken = p
	}
	if broken != nil {
		broken.fails(r)
		if broken != p && !slices.Contains(broken.blocked, p.name) {
			broken.blocked = append(broken.blocked, p.name)
		}
		return
	}
	if !p.finished {
		last := p.out.last(1 << 10)
		for _, t := range p.order {
			if t.state == running {
				t.cutShort = true
				t.out.write(last) // such as "signal: killed"
				t.fail(r, p)
			}
		}
	}
	if p.failing == 0 || p.out.crashed {
		if !p.outside {
			r.failing++
		}
		p.outside = true
	}
}

// close forgets what is of no more use.
func (p *testPackage) close() {
	if !p.outside {
		p.out.drop()
	}
	for _, t := range p.order {
		t.end()
	}
}

// add takes in an event of a test.
func (t *test) add(r *testRun, p *testPackage, e event) {
	switch e.Action {
	case "run":
		t.runs++
		t.state = running
		p.follow(t)
	case "pause":
		t.state = paused
	case "cont":
		t.state = running
	case "output":
		if t.state != ended || t.fails > 0 {
			t.out.write(e.Output)
		}
	case "pass", "skip", "bench":
		t.end()
	case "fail":
		t.fail(r, p)
	}
}

func (t *test) fail(r *testRun, p *testPackage) {
	if t.fails == 0 {
		r.failing++
	}
	t.fails++
	t.runs = max(t.runs, t.fails) // a test that only says that it failed has run, too
	t.state = ended
	p.failing++
}

func (t *test) end() {
	t.state = ended
	if t.fails == 0 {
		t.out.drop()
	}
}

// follow ends the benchmarks before a new one: nothing tells that a benchmark is over when all went well.
func (p *testPackage) follow(t *test) {
	if !strings.HasPrefix(t.name, "Benchmark") {
		return
	}
	for name := p.benchmark; name != "" && !strings.HasPrefix(t.name, name+"/"); name = parent(name) {
		if before := p.tests[name]; before != nil && before != t && before.state == running {
			before.end()
		}
	}
	p.benchmark = t.name
}

// parent returns the name of the test that a subtest belongs to, "" if it is none.
func parent(name string) string {
	return name[:max(strings.LastIndexByte(name, '/'), 0)]
}

// slips lists what is wrong with the command line of go test, and what it says of it.
func (r *testRun) slips() (names []string, said string) {
	for _, p := range r.order {
		if out := p.slip(); out != nil {
			names = append(names, p.name)
			said += join([]*output{out}, 4<<10) + "\n"
		}
	}
	return names, said
}

// open lists the packages that had not ended when the input did.
func (r *testRun) open() []string {
	var names []string
	for _, p := range r.order {
		if p.begun {
			names = append(names, p.name)
		}
	}
	return names
}

// failures lists what has to be filed, in the order in which it first appeared.
func (r *testRun) failures(subtests bool) []*failure {
	var all []*failure
	for _, p := range r.order {
		if p.slip() != nil {
			continue
		}
		if p.unbuilt {
			vet := p.heads > 0 && p.vetted == p.heads
			all = append(all, &failure{pkg: p.name, kind: ofBuild, vet: vet, blocked: p.blocked, outputs: []*output{&p.build}})
		}
		if subtests {
			all = append(all, p.leaves()...)
		} else {
			all = append(all, p.topTests()...)
		}
		if p.outside {
			all = append(all, &failure{pkg: p.name, kind: ofPackage, outputs: []*output{&p.out}})
		}
	}
	return all
}

// topTests puts failing subtests together under their test. Its own output comes last: if there was a panic it is there.
func (p *testPackage) topTests() []*failure {
	var all []*failure
	byTop := make(map[string]*failure)
	for _, t := range p.order {
		if t.fails == 0 {
			continue
		}
		top, subtest, isSubtest := strings.Cut(t.name, "/")
		f := byTop[top]
		if f == nil {
			f = &failure{pkg: p.name, test: top}
			byTop[top] = f
			all = append(all, f)
		}
		if isSubtest {
			f.subtests = append(f.subtests, subtest)
			f.outputs = append(f.outputs, &t.out)
		}
	}
	for _, f := range all {
		if top := p.tests[f.test]; top != nil {
			f.take(top)
			f.outputs = append(f.outputs, &top.out)
		}
	}
	return all
}

// leaves lists the failing tests without failing subtests. What the tests above them have written belongs to each.
func (p *testPackage) leaves() []*failure {
	above := make(map[string]bool)
	for _, t := range p.order {
		if t.fails > 0 {
			for name := parent(t.name); name != ""; name = parent(name) {
				above[name] = true
			}
		}
	}
	var all []*failure
	for _, t := range p.order {
		if t.fails == 0 || above[t.name] {
			continue
		}
		f := &failure{pkg: p.name, test: t.name, outputs: []*output{&t.out}}
		f.take(t)
		for name := parent(t.name); name != ""; name = parent(name) {
			if up := p.tests[name]; up != nil && up.out.speaks() {
				f.outputs = append(f.outputs, &up.out)
			}
		}
		all = append(all, f)
	}
	return all
}
