package browser_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// What all tests share: the program and the browser, which has a profile of its own for each test.
var (
	program  string
	chromium context.Context // of the process
	missing  string          // why there is no browser
)

func TestMain(m *testing.M) { os.Exit(prepared(m)) }

func prepared(m *testing.M) int {
	path, err := exec.LookPath("chromium")
	if err != nil {
		missing = fmt.Sprintf("install chromium to run this: %v", err)
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "oauth-login")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "oauth-login")
	build := exec.Command("go", "build", "-o", program, "./examples/oauth-login")
	build.Dir = filepath.Join("..", "..", "..") // the module of the program
	if out, err := build.CombinedOutput(); err != nil {
		return fail(fmt.Errorf("%w: %s", err, out))
	}

	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"))
	ctx, stop := chromedp.NewExecAllocator(ctx, opts...)
	defer stop()
	chromium, stop = chromedp.NewContext(ctx)
	defer stop()
	if err := chromedp.Do(chromium); err != nil {
		return fail(fmt.Errorf("chromium does not start: %w", err))
	}
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func needBrowser(t *testing.T) {
	t.Helper()
	switch {
	case missing == "":
	case os.Getenv("SDK_INTEGRATION") == "1":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
}
