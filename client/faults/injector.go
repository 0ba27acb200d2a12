package faults

import (
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Injector applies rules to the requests of a handler or a transport. Its zero value has no rules and is ready to use.
// All methods may be called at any time from several goroutines, also while requests run: rules that are added or removed
// concern the requests that come after. A nil Injector has no rules and takes none.
type Injector struct {
	mu     sync.Mutex
	seed   uint64
	rules  []*activeRule
	asked  map[uint64]uint64 // the requests of each kind
	second map[uint64]string // positions of the second pages of lists
	dead   map[uint64]bool   // credentials that have expired
	counts map[string]int
}

// activeRule is a rule and what it has seen so far.
type activeRule struct {
	Rule
	added      time.Time
	seen, used int
}

// Add appends rules. A request is subject to the first rule that matches it and is neither waiting (After, Every), used
// up (Times) nor spared by chance; every matching rule counts the request towards its After.
func (in *Injector) Add(rules ...Rule) {
	if in == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, rule := range rules {
		// The caller may go on changing the header of its own copy.
		rule.Header = rule.Header.Clone()
		in.rules = append(in.rules, &activeRule{
			Rule: rule, added: time.Now(),
		})
	}
}

// Clear removes all rules. Expired tokens are good again.
func (in *Injector) Clear() {
	if in == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.rules, in.dead, in.asked, in.second = nil, nil, nil, nil
}

// Seed sets the seed of chance; it is 0 at first. What chance says of the n-th request of a method and path is the same in
// each run with the same rules and seed, however the goroutines of the client take turns, and whatever other rules do. The
// requests of a million methods and paths are counted; when there are more, all are counted anew. After, Times, Every and
// [ExpiredToken] go by what came before, and by time, whatever the seed.
func (in *Injector) Seed(seed uint64) {
	if in == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.seed = seed
}

// Test is what SeedFor needs of a *testing.T.
type Test interface {
	Cleanup(f func())
	Failed() bool
	Fatalf(format string, args ...any)
	Helper()
	Logf(format string, args ...any)
}

// SeedFor sets a seed for a test: that in the environment variable FAULTS_SEED, or one by chance. A test that fails logs
// it, so that it can be run again. A variable that holds anything but a seed ends the test: another seed would prove
// nothing. Without a test nothing is logged.
func (in *Injector) SeedFor(t Test) uint64 {
	seed := rand.Uint64() // #nosec G404 -- no secret
	if t == nil {
		in.Seed(seed)
		return seed
	}
	t.Helper()
	if wanted := os.Getenv("FAULTS_SEED"); wanted != "" {
		var err error
		if seed, err = strconv.ParseUint(wanted, 10, 64); err != nil {
			t.Fatalf("FAULTS_SEED is %q: it must be a whole number as a failing test logs it, from 0 to %d", wanted, uint64(math.MaxUint64))
		}
	}
	in.Seed(seed)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the seed of the faults was %d: run again with FAULTS_SEED=%[1]d", seed)
		}
	})
	return seed
}

// Counts returns how many requests each rule has acted on, by its name, since the injector was made. A rule that found
// nothing to act on, such as half of an answer without a body, has not acted; that does not use up its Times either.
func (in *Injector) Counts() map[string]int {
	if in == nil {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return maps.Clone(in.counts)
}

// fault is a rule that acts on one request.
type fault struct {
	Rule
	left time.Duration // of the rule's time
	list *list         // what the request says of its page, if a rule asks for that

	in     *Injector
	source *activeRule
	others []candidate // of the same Mix
}

// candidate is a rule that may act on a request.
type candidate struct {
	*activeRule
	index   int
	left    time.Duration
	expired bool // the credential, by this rule
}

// pick returns what acts on a request, if anything does.
func (in *Injector) pick(r *http.Request, l *list) (*fault, bool) {
	if in == nil {
		return nil, false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.rules) == 0 {
		return nil, false
	}
	if l != nil {
		in.recall(l)
	}
	draw := in.draw(r)
	authorization := r.Header.Get("Authorization")
	credential := hash(0, authorization)
	var candidates []candidate
	for i, rule := range in.rules {
		if !rule.matches(r) {
			continue
		}
		rule.seen++
		c := candidate{rule, i, rule.left(time.Since(rule.added)), rule.expires && in.dead[credential]}
		if rule.seen > rule.After && (c.expired || c.left != 0 && !rule.exhausted()) {
			candidates = append(candidates, c)
		}
	}
	for _, c := range candidates {
		if !c.expired && c.Chance != 0 && !(draw(c.index) < c.Chance) { // nor is what is no number
			continue
		}
		tried := []candidate{c}
		if c.mix != nil {
			tried = append(tried, c.others(candidates, draw(len(in.rules)))...)
		}
		for n, c := range tried {
			if !c.able(l) || c.expires && authorization == "" {
				continue
			}
			if c.expires && !c.expired {
				if in.dead == nil {
					in.dead = map[uint64]bool{}
				}
				in.dead[credential] = true
			}
			return in.take(c, l, tried[n+1:]), true
		}
	}
	return nil, false
}

// others returns the rest of the rule's Mix, in the order in which they stand in for it if it cannot act: by chance, lest one
// of them stands in for all.
func (c candidate) others(candidates []candidate, chance float64) []candidate {
	var others []candidate
	for _, other := range candidates {
		if other.mix == c.mix && other.index != c.index {
			others = append(others, other)
		}
	}
	from := int(chance * float64(len(others)))
	return slices.Concat(others[from:], others[:from])
}

func (rule *activeRule) exhausted() bool { return rule.Times > 0 && rule.used >= rule.Times }

// take lets a rule act.
func (in *Injector) take(c candidate, l *list, others []candidate) *fault {
	c.used++
	if c.sure() {
		in.count(c.Name)
	}
	return &fault{Rule: c.Rule, left: c.left, list: l, in: in, source: c.activeRule, others: others}
}

func (in *Injector) count(name string) {
	if in.counts == nil {
		in.counts = map[string]int{}
	}
	in.counts[name]++
}

// settle lets the fault happen to the answer of a request that has taken effect, as far as that is a matter of its content.
// If the fault cannot act on it, another of its Mix does. It returns the one that acts, nil for none.
func (f *fault) settle(a *answer, method string) *fault {
	for ; f != nil; f = f.instead() {
		acts := len(a.first) > 0 && method != http.MethodHead
		if f.pages() {
			a.first, acts = f.changed(a.status, a.first)
		}
		if f.sure() {
			return f
		}
		if acts {
			f.in.mu.Lock()
			defer f.in.mu.Unlock()
			f.in.count(f.Name)
			return f
		}
	}
	return nil
}

// instead gives back what the rule could not do, and returns another fault that can happen to an answer.
func (f *fault) instead() *fault {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	f.source.used--
	for n, c := range f.others {
		if c.late() && !c.exhausted() {
			return f.in.take(c, f.list, f.others[n+1:])
		}
	}
	return nil
}

// maxKinds bounds the memory.
const maxKinds = 1 << 20

// draw returns what chance says of a request to each rule, a number below 1. It knows the kind of the request and how many of
// that kind came before, not the time.
func (in *Injector) draw(r *http.Request) func(rule int) float64 {
	kind := hash(0, r.Method, r.URL.EscapedPath())
	number := in.asked[kind] + 1
	if in.asked == nil || number == 1 && len(in.asked) >= maxKinds {
		in.asked = map[uint64]uint64{}
	}
	in.asked[kind] = number
	return func(rule int) float64 {
		return float64(hash(in.seed, strconv.Itoa(rule), strconv.FormatUint(kind, 10), strconv.FormatUint(number, 10))>>11) / (1 << 53)
	}
}

// hash mixes parts into 64 bits that depend on each bit of them.
func hash(seed uint64, parts ...string) uint64 {
	h := fnv.New64a()
	for _, part := range append([]string{strconv.FormatUint(seed, 10)}, parts...) {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	x := h.Sum64() // whose high bits hardly know the last bytes
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
