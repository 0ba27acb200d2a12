package oauth_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/internal/surface"
)

// Every exported function that can return an error is made to return one, by a server that sends back all that it was sent,
// and tells no canary. The list is held against the source: a new function must join it.
func TestFunctionsThatFailTellNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, tryFunctions)
}

func tryFunctions(t *testing.T) {
	echo := roundTripper(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		answer := fmt.Sprintf(`{"error":"invalid_request","error_description":%q}`, fmt.Sprint(string(body), req.Header))
		return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: req}, nil
	})
	cfg := canaryConfig(echo)
	login := oauth.Login{State: "s", Verifier: verifierCanary}
	store := oauth.MemoryStore()
	src := oauth.NewSource(cfg, store)
	if err := src.Save(t.Context(), canaryToken()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := oauth.NewSource(cfg, oauth.FileStore(filepath.Join(file, "token.json"), oauth.WithKey([]byte(keyCanary))))
	db := sql.OpenDB(noDatabase{})
	t.Cleanup(func() { _ = db.Close() })
	table := oauth.SQLStore(db, oauth.PostgreSQL, "acme", oauth.WithKey([]byte(keyCanary)[:32]))
	second := func(_ any, err error) error { return err }
	req := func() *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://acme.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+accessCanary)
		return r
	}
	never := map[string]bool{"Secret.MarshalText": true, "Token.MarshalJSON": true, "Error.Unwrap": true, "Source.Wait": true} // they fail for nobody
	tried := map[string]func() error{
		"Config.AuthCodeURL": func() error { return second(oauth.Config{ClientSecret: cfg.ClientSecret}.AuthCodeURL(login)) },
		"Config.Exchange": func() error {
			return second(cfg.Exchange(t.Context(), login, url.Values{"state": {"s"}, "code": {codeCanary}}))
		},
		"Source.Save":     func() error { return broken.Save(t.Context(), canaryToken()) },
		"Source.Sign":     func() error { return src.Sign(req()) },
		"Source.Refresh":  func() error { return second(src.Refresh(t.Context(), req())) },
		"Source.Token":    func() error { return second(src.Token(t.Context())) },
		"Source.Wait":     func() error { return src.Wait(t.Context()) },
		"SQL.CreateTable": func() error { return table.CreateTable(t.Context()) },
		"SQL.Load":        func() error { return second(table.Load(t.Context())) },
		"SQL.Update": func() error {
			return table.Update(t.Context(), func(*oauth.Token) (*oauth.Token, error) { return canaryToken(), nil })
		},
		"DecodeToken":        func() error { return second(oauth.DecodeToken([]byte(`{"access_token":{` + accessCanary))) },
		"Secret.MarshalText": func() error { return second(cfg.ClientSecret.MarshalText()) },
		"Token.MarshalJSON":  func() error { return second(canaryToken().MarshalJSON()) },
		"Error.Unwrap":       func() error { return (&oauth.Error{}).Unwrap() },
	}
	for name, call := range tried {
		err := call()
		if err == nil && !never[name] {
			t.Errorf("%s did not fail", name)
		}
		for ; err != nil; err = errors.Unwrap(err) {
			wantNothingOf(t, name, fmt.Sprintf("%v %+v %#v", err, err, err))
		}
	}
	for _, f := range surface.Exported(t, ".") {
		if f.Fails && tried[f.String()] == nil {
			t.Errorf("%s can fail and is not tried", f)
		}
	}
}

// noDatabase is a database that cannot be reached.
type noDatabase struct{}

func (noDatabase) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("no database")
}
func (noDatabase) Driver() driver.Driver { return nil }
