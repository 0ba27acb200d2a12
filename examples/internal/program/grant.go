package program

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
	"github.com/jira-integrations/go-sdk/jira"
)

// TokenStore returns the file that keeps the token of an OAuth 2.0 login, and the store that it is: the one that -token
// names, or the one in the user's configuration that all programs share. OAUTH_TOKEN_KEY, 64 hexadecimal digits, encrypts it.
func TokenStore(name string, env func(string) string) (string, oauth.Store, error) {
	if name == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return "", nil, Usagef("name the file that keeps the token by -token: %w", err)
		}
		name = filepath.Join(dir, "oauth-login", "oauth-login.token.json")
	}
	var opts []oauth.StoreOption
	if digits := env("OAUTH_TOKEN_KEY"); digits != "" {
		key, err := hex.DecodeString(digits)
		if err != nil || len(key) != 32 {
			return "", nil, Usagef("OAUTH_TOKEN_KEY: give 64 hexadecimal digits, as openssl rand -hex 32 makes them")
		}
		opts = append(opts, oauth.WithKey(key))
	}
	return name, oauth.FileStore(name, opts...), nil
}

// Login returns the login that oauth-login has made for the app of JIRA_OAUTH_CLIENT_ID and JIRA_OAUTH_CLIENT_SECRET, and keeps
// in the file of [TokenStore]. It renews itself; [Finish] ends it. Where there is none the error says with which scopes to
// log in.
func Login(ctx context.Context, env func(string) string, file, scopes string) (*oauth.Source, error) {
	file, store, err := TokenStore(file, env)
	if err != nil {
		return nil, err
	}
	src := oauth.NewSource(jira.OAuthConfig(env("JIRA_OAUTH_CLIENT_ID"), env("JIRA_OAUTH_CLIENT_SECRET"), ""), store)
	if _, err := src.Token(ctx); errors.Is(err, oauth.ErrReauthorize) {
		return nil, Usagef("%w (%s): run oauth-login -scopes %q", err, file, scopes)
	} else if err != nil {
		Finish(ctx, src, io.Discard)
		return nil, err
	}
	return src, nil
}

// finishTime is how long the end of a program waits for a new token to be stored.
const finishTime = 40 * time.Second

// Finish waits for a renewal of the token that is under way: its end must not be that of the login. ctx may be over.
func Finish(ctx context.Context, src *oauth.Source, stderr io.Writer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if err := src.Wait(ctx); err != nil {
		fmt.Fprintf(stderr, "The renewal of the login did not come to its end within %v: the next run may have to log in again.\n", finishTime)
	}
}
