package client_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/internal/memory"
)

// The tests of this file measure memory. They are not parallel: the parallel ones wait for them.

// wide is a value of which a few bytes of JSON make many.
type wide struct {
	List     []padded          `json:"list"`
	Pointers []*padded         `json:"pointers"`
	Map      map[string]padded `json:"map"`
	Any      any               `json:"any"`
	Numbers  []int64           `json:"numbers"`
	IDs      []client.ID       `json:"ids"`
	Raw      []json.RawMessage `json:"raw"`
	Inner    *wide             `json:"inner"`
	Times    []client.Time     `json:"times"`
	Wides    []wide            `json:"wides"`
}

type padded struct {
	Name string `json:"name"`
	Pad  [100]string
}

// many repeats an item between a beginning and an end, in pieces, so that the server costs nothing.
func many(begin, item string, n int, end string) io.Reader {
	const batch = 1000
	parts := []io.Reader{strings.NewReader(begin)}
	for text := strings.Repeat(item, batch); n > batch; n -= batch {
		parts = append(parts, strings.NewReader(text))
	}
	return io.MultiReader(append(parts, strings.NewReader(strings.TrimSuffix(strings.Repeat(item, n), ",")), strings.NewReader(end))...)
}

const million = 1_000_000

// hostile are bodies that ask for more than an honest server would. Those that are no success are refused in so many words.
var hostile = []struct {
	name string
	body func() io.Reader
	want string // what the error says
	kind string
}{
	{"endless", func() io.Reader { return endless(" ") }, "larger than", "tooLarge"},
	{"endless digits", func() io.Reader { return endless("1") }, "larger than", "tooLarge"},
	{"deep arrays", func() io.Reader { return many("", "[", million, "") }, "cannot be decoded", ""},
	{"deep and closed", func() io.Reader { return io.MultiReader(many("", "[", million, ""), many("", "]", million, "")) }, "exceeded max depth", ""},
	{"deep objects", func() io.Reader { return many(`{"any":`, `{"a":`, million, "") }, "cannot be decoded", ""},
	{"deep in a known place", func() io.Reader {
		return io.MultiReader(many("", `{"inner":`, million, "{}"), many("", "}", million, ""))
	}, "exceeded max depth", ""},
	{"ten million structs", func() io.Reader { return many(`{"list":[`, "{},", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million pointers", func() io.Reader { return many(`{"pointers":[`, "{},", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million large structs", func() io.Reader { return many(`{"wides":[`, "{},", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million numbers", func() io.Reader { return many(`{"numbers":[`, "0,", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million ids", func() io.Reader { return many(`{"ids":[`, "0,", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million times", func() io.Reader { return many(`{"times":[`, "0,", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million of anything", func() io.Reader { return many(`{"any":[`, "0,", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million lists of anything", func() io.Reader { return many(`{"any":[`, "[],", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"ten million raw", func() io.Reader { return many(`{"raw":[`, "0,", 10*million, `]}`) }, "far more memory", "tooLarge"},
	{"three million keys", func() io.Reader { return many(`{"map":{`, `"a":0,`, 3*million, `}}`) }, "far more memory", "tooLarge"},
	{"three million keys of anything", func() io.Reader { return many(`{"any":{`, `"a":0,`, 3*million, `}}`) }, "far more memory", "tooLarge"},
	{"name in other letters", func() io.Reader { return many(`{"LI\u017fT":[`, "{},", 5*million, `]}`) }, "far more memory", "tooLarge"},
	{"name by escapes", func() io.Reader { return many(`{"\u006c\u0069st":[`, "{},", 5*million, `]}`) }, "far more memory", "tooLarge"},
	{"name after names", func() io.Reader {
		return many(`{"x":{"list":[[]]},"inner":{"inner":{"list":[`, "{},", 5*million, `]}}}`)
	}, "far more memory", "tooLarge"},
	{"million lists of a few", func() io.Reader { return many(`{"wides":[`, `{"list":[{},{},{}]},`, million, `]}`) }, "far more memory", "tooLarge"},
	{"escaped names", func() io.Reader { return many(`{"map":{`, `"\u0061":0,`, 2*million, `}}`) }, "far more memory", "tooLarge"},
	{"escaped names of no field", func() io.Reader { return many(`{`, `"\u0061":0,`, 2*million, `}`) }, "far more memory", "tooLarge"},
	{"small objects of anything", func() io.Reader { return many(`{"any":[`, `{"a":0},`, million/2, `]}`) }, "far more memory", "tooLarge"},
	{"small objects among text", func() io.Reader {
		return io.MultiReader(many(`{"any":[`, `{"a":0},`, million/10, `,"`), many("", "x", 30*million, `"]}`))
	}, "far more memory", "tooLarge"},
	{"bytes that are no text", func() io.Reader { return many(`{"any":"`, "\xff", 30*million, `"}`) }, "far more memory", "tooLarge"},
	{"a long number", func() io.Reader { return many(`{"numbers":[`, "1", 30*million, `]}`) }, "far more memory", "tooLarge"},
	{"list for an object", func() io.Reader { return many(`{"inner":[`, "{},", 10*million, `]}`) }, "cannot be decoded", ""},
}

// Whatever a server sends, compressed or not, a call holds less than 32 MiB above the limit that was set, and says why it
// failed. Without the compression 10 million elements do not get past the limit.
func TestHostileAnswers(t *testing.T) {
	memory.NoRace(t)
	for _, limit := range []int64{1 << 20, 32 << 20} {
		c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, tt := range hostile {
				if r.Header.Get("X-Case") == tt.name {
					w.Header().Set("Content-Encoding", "gzip")
					z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
					_, _ = io.Copy(z, io.LimitReader(tt.body(), 256<<20))
					_ = z.Close()
				}
			}
		}), client.WithMaxResponse(limit), client.WithRetry(client.RetryPolicy{Retries: -1}))
		for _, tt := range hostile {
			t.Run(fmt.Sprintf("%d MiB/%s", limit>>20, tt.name), func(t *testing.T) {
				var err error
				held := memory.Peak(func() { err = c.Do(t.Context(), get().Header("X-Case", tt.name), new(wide)) })
				if held > limit+32<<20 {
					t.Errorf("held %d MiB", held>>20)
				}
				want, kind := tt.want, tt.kind
				if n, _ := io.Copy(io.Discard, io.LimitReader(tt.body(), limit+1)); n > limit {
					want, kind = "larger than", "tooLarge"
				}
				wantKinds(t, err, unlessBlank(kind)...)
				if e := wantError(t, err); !strings.Contains(e.Error(), want) {
					t.Errorf("err = %v, want %s", err, want)
				}
			})
		}
	}
}

func unlessBlank(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// An honest answer of the size of the limit is read.
func TestLargeHonestAnswer(t *testing.T) {
	t.Parallel()
	body := `{"list":[` + strings.Repeat(`{"name":"`+strings.Repeat("x", 2000)+`"},`, 5000) + `{}],"any":{"a":[1,"b",null]},"raw":[` + strings.Repeat("1234567890,", 10000) + `0]}`
	var got wide
	if err := newClient(t, replies(ok(body)).transport()).Do(t.Context(), get(), &got); err != nil || len(got.List) != 5001 || len(got.Raw) != 10001 {
		t.Errorf("%d, %d, %v", len(got.List), len(got.Raw), err)
	}
}

// It takes no more than three times the limit, whatever it is made of.
func TestMemoryOfLargeAnswers(t *testing.T) {
	memory.NoRace(t)
	const limit = 32 << 20
	for name, body := range map[string]func() io.Reader{
		"text":       func() io.Reader { return many(`{"any":"`, "x", 33*million, `"}`) },
		"escapes":    func() io.Reader { return many(`{"any":"`, `\u0041`, 33*million/6, `"}`) },
		"lines":      func() io.Reader { return many(`{"any":"`, strings.Repeat("x", 98)+`\n`, 33*million/100, `"}`) },
		"structs":    func() io.Reader { return many(`{"list":[`, `{"name":"`+strings.Repeat("x", 6000)+`"},`, 5500, `]}`) },
		"raw values": func() io.Reader { return many(`{"raw":[`, `"`+strings.Repeat("x", 100)+`",`, 33*million/104, `]}`) },
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, body()) }))
			var got wide
			var err error
			held := memory.Peak(func() { err = c.Do(t.Context(), get(), &got) })
			if err != nil || held > 3*limit {
				t.Errorf("held %d MiB, %v", held>>20, err)
			}
			runtime.KeepAlive(&got)
		})
	}
}

// What an error brings along is bounded as well: a body, and headers of any length.
func TestHostileErrors(t *testing.T) {
	memory.NoRace(t)
	for name, handler := range map[string]http.HandlerFunc{
		"endless body": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.Copy(w, io.LimitReader(endless("x"), 256<<20))
		},
		"bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusConflict)
			z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
			_, _ = io.Copy(z, io.LimitReader(endless(`{"errorMessages":["`), 256<<20))
			_ = z.Close()
		},
		"deep lists": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"message":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+`}`)
		},
		"reason of a megabyte": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("RateLimit-Reason", strings.Repeat("x", 1<<20))
			w.Header().Set("Atl-Traceid", strings.Repeat("y", 1<<20))
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"headers without end": func(w http.ResponseWriter, _ *http.Request) {
			for i := range 12 {
				w.Header().Set(fmt.Sprintf("X-Header-%d", i), strings.Repeat("x", 1<<20))
			}
		},
		"headers by the thousand": func(w http.ResponseWriter, _ *http.Request) {
			for i := range million / 25 {
				w.Header()[fmt.Sprintf("X-%d", i)] = []string{strings.Repeat("x", 300)}
			}
		},
	} {
		c := serve(t, handler, client.WithRetry(client.RetryPolicy{Retries: -1}))
		before := memory.Held()
		var err error
		if held := memory.Peak(func() { err = c.Do(t.Context(), get(), new(any)) }); held > 64<<20 {
			t.Errorf("%s: held %d MiB", name, held>>20)
		}
		e := wantError(t, err)
		if len(e.Body) > 64<<10 || len(e.Error()) > 8<<10 || len(e.Reason)+len(e.TraceID) > 2000 {
			t.Errorf("%s: the error has %d bytes, a body of %d and a reason of %d", name, len(e.Error()), len(e.Body), len(e.Reason))
		}
		if kept := memory.Held() - before; kept > 4<<20 {
			t.Errorf("%s: the error keeps %d KiB", name, kept>>10)
		}
		runtime.KeepAlive(e)
	}
}

// A body that is announced larger than it is costs what comes, not what was announced.
func TestAnnouncedLength(t *testing.T) {
	n := &network{answer: func(int, *http.Request) (*http.Response, error) {
		resp := response(200, nil, io.NopCloser(strings.NewReader(`{}`)))
		resp.ContentLength = 1 << 40
		return resp, nil
	}}
	c := newClient(t, n.transport(), client.WithMaxResponse(1<<62))
	if held := memory.Peak(func() {
		if err := c.Do(t.Context(), get(), new(any)); err != nil {
			t.Error(err)
		}
	}); held > 8<<20 {
		t.Errorf("held %d MiB", held>>20)
	}
	var all bytes.Buffer
	big := newClient(t, replies(ok(`"`+strings.Repeat("x", 3<<20)+`"`)).transport(), client.WithMaxResponse(1<<63-1))
	var text string
	if err := big.Do(t.Context(), get(), &text); err != nil || len(text) != 3<<20 || all.Len() > 0 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
