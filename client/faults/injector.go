package faults

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// Injector applies rules to the requests of a handler or a transport. Its zero value has no rules and is ready to use.
// All methods may be called at any time from several goroutines.
type Injector struct {
	mu     sync.Mutex
	seed   uint64
	rules  []*activeRule
	asked  map[uint64]uint64 // the requests of each kind
	dead   map[uint64]bool   // credentials that have expired
	counts map[string]int
}

// activeRule is a rule and what it has seen so far.
type activeRule struct {
	Rule
	added      time.Time
	seen, used int
	given      *givenTokens
}

// Add appends rules. A request is subject to the first rule that matches it and is neither waiting (After, Every), used
// up (Times) nor spared by chance; every matching rule counts the request towards its After. Add panics if a Chance is not
// from 0 to 1.
func (in *Injector) Add(rules ...Rule) {
	for _, rule := range rules {
		if !share(rule.Chance) {
			panic(fmt.Sprintf("faults: the Chance of the rule %q is %v; it must be from 0 to 1, where 0 is always", rule.Name, rule.Chance))
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, rule := range rules {
		// The caller may go on changing the header of its own copy.
		rule.Header = rule.Header.Clone()
		in.rules = append(in.rules, &activeRule{
			Rule: rule, added: time.Now(), given: new(givenTokens),
		})
	}
}

// Clear removes all rules. Expired tokens are good again.
func (in *Injector) Clear() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.rules, in.dead, in.asked = nil, nil, nil
}

// Seed sets the seed of chance; it is 0 at first. What chance says of the n-th request of a method and path is the same in
// each run with the same rules and seed, however the goroutines of the client take turns, and whatever other rules do. The
// requests of a million methods and paths are counted; when there are more, all are counted anew. After, Times, Every and
// [ExpiredToken] go by what came before, and by time, whatever the seed.
func (in *Injector) Seed(seed uint64) {
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
// nothing.
func (in *Injector) SeedFor(t Test) uint64 {
	t.Helper()
	seed := rand.Uint64() // #nosec G404 -- no secret
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

// Counts returns how many requests each rule has acted on, by its name, since the injector was made.
func (in *Injector) Counts() map[string]int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return maps.Clone(in.counts)
}

// fault is a rule that acts on one request.
type fault struct {
	Rule
	left  time.Duration // of the rule's time
	given *givenTokens
}

// pick returns what acts on a request, if anything does.
func (in *Injector) pick(r *http.Request) (*fault, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.rules) == 0 {
		return nil, false
	}
	var picked *fault
	draw := in.draw(r)
	authorization := r.Header.Get("Authorization")
	credential := hash(0, authorization)
	for i, rule := range in.rules {
		if !rule.matches(r) {
			continue
		}
		rule.seen++
		if picked != nil || rule.seen <= rule.After || rule.expires && authorization == "" {
			continue
		}
		left := rule.left(time.Since(rule.added))
		expired := rule.expires && in.dead[credential]
		if !expired && (left == 0 || rule.Times > 0 && rule.used >= rule.Times || rule.Chance > 0 && draw(i) >= rule.Chance) {
			continue
		}
		if rule.expires && !expired {
			if in.dead == nil {
				in.dead = map[uint64]bool{}
			}
			in.dead[credential] = true
		}
		rule.used++
		if in.counts == nil {
			in.counts = map[string]int{}
		}
		in.counts[rule.Name]++
		picked = &fault{rule.Rule, left, rule.given}
	}
	return picked, picked != nil
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
