//go:build unix

package tokens_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver of SQLite

	"github.com/jira-integrations/go-sdk/client/oauth"
)

// place is where a store keeps its token. It can be told to another process.
type place struct {
	Kind string // "file", or a driver
	At   string // the path, or the DSN
}

var dialects = map[string]oauth.Dialect{"pgx": oauth.PostgreSQL, "mysql": oauth.MySQL, "sqlite": oauth.SQLite}

// names are what people call the drivers' databases.
var names = map[string]string{"file": "file", "pgx": "PostgreSQL", "mysql": "MariaDB", "sqlite": "SQLite"}

// open returns a store at the place, with a pool of its own.
func (p place) open() (store oauth.Store, closeStore func(), err error) {
	if p.Kind == "file" {
		return oauth.FileStore(p.At), func() {}, nil
	}
	db, err := sql.Open(p.Kind, p.At)
	if err != nil {
		return nil, nil, err
	}
	return oauth.SQLStore(db, dialects[p.Kind], "acme"), func() { _ = db.Close() }, nil
}

// newPlace makes an empty place.
func newPlace(t *testing.T, kind string) place {
	t.Helper()
	if kind == "file" {
		return place{kind, filepath.Join(t.TempDir(), "token.json")}
	}
	p, db := newDatabase(t, kind)
	if err := oauth.SQLStore(db, dialects[kind], "acme").CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// newDatabase makes an empty database.
func newDatabase(t *testing.T, driver string) (place, *sql.DB) {
	t.Helper()
	switch driver {
	case "sqlite":
		p := place{driver, filepath.Join(t.TempDir(), "tokens.db")}
		db, err := sql.Open(driver, p.At)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return p, db
	case "pgx":
		dsn, db := shared(t, postgres).database(t)
		return place{driver, dsn}, db
	}
	dsn, db := shared(t, mariadb).database(t)
	return place{driver, dsn}, db
}

// eachDatabase runs a test on each kind of database.
func eachDatabase(t *testing.T, test func(t *testing.T, dialect oauth.Dialect, db *sql.DB)) {
	t.Helper()
	t.Parallel()
	for _, driver := range []string{"pgx", "mysql", "sqlite"} {
		t.Run(names[driver], func(t *testing.T) {
			t.Parallel()
			_, db := newDatabase(t, driver)
			if err := oauth.SQLStore(db, dialects[driver], "acme").CreateTable(t.Context()); err != nil {
				t.Fatal(err)
			}
			test(t, dialects[driver], db)
		})
	}
}

// save stores a token whose access token is the text.
func save(t *testing.T, store oauth.Store, access string) {
	t.Helper()
	if err := store.Update(t.Context(), becomes(access)); err != nil {
		t.Fatal(err)
	}
}

// becomes is a change to a token whose access token is the text.
func becomes(access string) func(*oauth.Token) (*oauth.Token, error) {
	return func(*oauth.Token) (*oauth.Token, error) { return token(access), nil }
}

// want fails unless the stored access token is the text; "" means that nothing is stored.
func want(t *testing.T, store oauth.Store, access string) {
	t.Helper()
	got, err := store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text := accessOf(got); text != access {
		t.Fatalf("the store holds %q, want %q", text, access)
	}
}

func accessOf(t *oauth.Token) string {
	if t == nil {
		return ""
	}
	return t.AccessToken()
}

// query runs a statement.
func query(ctx context.Context, t *testing.T, db *sql.DB, format string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(ctx, fmt.Sprintf(format, args...)); err != nil {
		t.Fatal(err)
	}
}
