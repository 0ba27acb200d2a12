package oauth_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/client/oauth"
)

func TestToken(t *testing.T) {
	t.Parallel()
	expiry := time.Date(2026, 3, 4, 5, 6, 7, 8, time.FixedZone("", 3600))
	scopes := []string{"read:jira-work", "offline_access"}
	token := oauth.NewToken("a", "r", expiry, scopes...)
	scopes[0] = "changed"
	token.Scopes()[0] = "changed"
	if token.AccessToken() != "a" || token.RefreshToken() != "r" || !token.Expiry().Equal(expiry) || !slices.Equal(token.Scopes(), work) {
		t.Errorf("token = %v", token)
	}
	if got, want := token.String(), "token (secret), expires 2026-03-04T04:06:07Z, scopes read:jira-work offline_access"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := oauth.NewToken("a", "", time.Time{}).String(); got != "token (secret)" {
		t.Error(got)
	}
	var none *oauth.Token
	if none.String() != "no token" {
		t.Error(none.String())
	}
}

func TestEncodedToken(t *testing.T) {
	t.Parallel()
	expiry := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	for want, token := range map[string]*oauth.Token{
		`{"access_token":"a","refresh_token":"r","expiry":"2026-03-04T05:06:07.000000008Z","scope":"x y"}`: oauth.NewToken("a", "r", expiry, "x", "y"),
		`{"access_token":"a"}`:                    oauth.NewToken("a", "", time.Time{}),
		`{"access_token":"","refresh_token":"r"}`: oauth.NewToken("", "r", time.Time{}),
		`{"access_token":"a","scope":"far"}`:      oauth.NewToken("a", "", time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), "far"),
	} {
		if got := string(token.Encode()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		back, err := oauth.DecodeToken([]byte(want))
		if err != nil || string(back.Encode()) != want {
			t.Errorf("%v, %v", back, err)
		}
	}
}

// The marks of a renewal are stored with the token.
func TestEncodedMarks(t *testing.T) {
	t.Parallel()
	srv := newServer()
	src, store := loggedIn(t, srv)
	srv.ExpireAccess()
	srv.Revoke()
	wantLogin(t, read(t.Context(), newClient(t, srv, src)))
	var record map[string]any
	if err := json.Unmarshal(stored(t, store).Encode(), &record); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range record {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"access_token", "expiry", "obtained", "refresh_begun", "refresh_token", "refused_because", "scope"}
	want = append(want, "refused", "refused_client")
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" || record["refused_because"] != "invalid_grant" {
		t.Errorf("%v: %s", record["refused_because"], diff)
	}
	back, err := oauth.DecodeToken(stored(t, store).Encode())
	if err != nil || string(back.Encode()) != string(stored(t, store).Encode()) {
		t.Errorf("the round trip loses something: %v", err)
	}
}

func FuzzToken(f *testing.F) {
	f.Add("access", "refresh", int64(1_800_000_000), "read:jira-work offline_access")
	f.Add("", "r", int64(0), "")
	f.Add("a<&>\"\\\n\u2028", "", int64(-62135596800), " x  y ")
	f.Add("a", "b", int64(400_000_000_000), "\x00")
	f.Fuzz(func(t *testing.T, access, refresh string, unix int64, scope string) {
		for _, text := range []string{access, refresh, scope} {
			if !utf8.ValidString(text) {
				return // tokens and scopes are ASCII (RFC 6749, appendix A)
			}
		}
		token := oauth.NewToken(access, refresh, time.Unix(unix, 0).UTC(), strings.Fields(scope)...)
		encoded := token.Encode()
		back, err := oauth.DecodeToken(encoded)
		if access == "" && refresh == "" {
			if !errors.Is(err, oauth.ErrCorrupt) {
				t.Fatalf("err = %v", err)
			}
			return
		}
		if err != nil || !same(back, token) || !slices.Equal(back.Scopes(), token.Scopes()) {
			t.Fatalf("%q became %v, %v", encoded, back, err)
		}
		if year := token.Expiry().Year(); year >= 1 && year <= 9999 && !back.Expiry().Equal(token.Expiry()) {
			t.Fatalf("expiry %v became %v", token.Expiry(), back.Expiry())
		}
		if again := back.Encode(); string(again) != string(encoded) {
			t.Fatalf("%q became %q", encoded, again)
		}
	})
}

func FuzzDecodeToken(f *testing.F) {
	f.Add([]byte(`{"access_token":"a","refresh_token":"b","expiry":"2026-03-04T05:06:07Z","obtained":"2026-03-04T05:06:07Z","scope":"x y"}`))
	f.Add([]byte(`{"access_token":"a","refresh_begun":"2026-03-04T05:06:07+01:00","refused":"0001-01-01T00:00:00Z","refused_because":"invalid_grant"}`))
	f.Add([]byte(`{"access_token":1}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, b []byte) {
		token, err := oauth.DecodeToken(b)
		if err != nil {
			if token != nil || !errors.Is(err, oauth.ErrCorrupt) || len(err.Error()) > 200 {
				t.Fatalf("%v, %v", token, err)
			}
			return
		}
		back, err := oauth.DecodeToken(token.Encode())
		if err != nil || !same(back, token) || !back.Expiry().Equal(token.Expiry()) {
			t.Fatalf("%v, %v", back, err)
		}
	})
}
