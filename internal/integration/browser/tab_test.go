package browser_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a tab of a browser without cookies, which notes what must not happen in it.
type tab struct {
	t     *testing.T
	ctx   context.Context // chromedp keeps the tab in it
	close context.CancelFunc

	mu       sync.Mutex
	requests int
	wrong    []string
}

// open opens a tab.
func open(t *testing.T) *tab {
	t.Helper()
	b := &tab{t: t}
	b.ctx, b.close = chromedp.NewContext(chromium, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.note))
	if err := chromedp.Do(b.ctx); err != nil { // with the context that the tab is to live as long as
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, w := range b.wrong {
			t.Error(w)
		}
		if b.requests == 0 {
			t.Error("the requests of the tab were not seen")
		}
	})
	return b
}

// note listens to the browser. A page that is answered with a status of 400 or more is an entry of the log, as well; the
// tests look at the statuses themselves.
func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests++
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Hostname() != "127.0.0.1" {
			b.wrong = append(b.wrong, "a request to "+e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, "an exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.wrong = append(b.wrong, fmt.Sprintf("on the console: %s", e.Type))
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork {
			b.wrong = append(b.wrong, fmt.Sprintf("in the log: %s: %s", e.Entry.Source, e.Entry.Text))
		}
	}
}

// load does something after which a page is loaded, and returns the status of the page.
func (b *tab) load(step chromedp.Action[chromedp.Void]) int64 {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	resp, err := chromedp.RunResponse(ctx, step)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.Status
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) visit(address string) int64 {
	b.t.Helper()
	return b.load(chromedp.Navigate(address))
}

// press presses one of the buttons of the page on which the person consents.
func (b *tab) press(id string) int64 {
	b.t.Helper()
	return b.load(chromedp.Click(chromedp.ID(id)))
}

// text returns what the person reads.
func (b *tab) text(what string) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(what)))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *tab) html() string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.OuterHTML(chromedp.CSS("html")))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// look checks that the page fits a phone and a desk, by day and by night, and takes pictures of it if they are wanted.
func (b *tab) look(name string) {
	b.t.Helper()
	dir := os.Getenv("SDK_SCREENSHOTS")
	for _, width := range []int64{375, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			if err != nil {
				b.t.Fatal(err)
			}
			b.do(chromedp.EmulateViewport(width, 800))
			wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
			if err != nil || wide > width {
				b.t.Errorf("%s: the page is %d wide on a screen of %d, %v", name, wide, width, err)
			}
			if dir == "" {
				continue
			}
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.MkdirAll(dir, 0o750)
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600)
			}
			if err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.do(chromedp.ResetViewport())
}
