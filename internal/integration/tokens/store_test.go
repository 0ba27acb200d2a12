//go:build unix

package tokens_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
)

func token(access string) *oauth.Token {
	return oauth.NewToken(access, "refresh-"+access, time.Now().Add(time.Hour), "read:jira-work", "offline_access")
}

func TestATokenComesBackAsItWasStored(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		store := oauth.SQLStore(db, dialect, "acme")
		want(t, store, "")
		stored := token("a")
		if err := store.Update(t.Context(), func(current *oauth.Token) (*oauth.Token, error) {
			if current != nil {
				t.Errorf("an empty row is %v", current)
			}
			return stored, nil
		}); err != nil {
			t.Fatal(err)
		}
		got, err := store.Load(t.Context())
		if err != nil || !bytes.Equal(got.Encode(), stored.Encode()) {
			t.Fatalf("stored %s, loaded %s, %v", stored.Encode(), got.Encode(), err)
		}
		failure := errors.New("the server is away")
		for _, result := range []error{nil, failure} {
			err := store.Update(t.Context(), func(current *oauth.Token) (*oauth.Token, error) {
				if accessOf(current) != "a" {
					t.Errorf("change saw %q", accessOf(current))
				}
				return nil, result
			})
			if !errors.Is(err, result) {
				t.Fatalf("change returned %v, Update %v", result, err)
			}
			want(t, store, "a")
		}
		if err := store.CreateTable(t.Context()); err != nil {
			t.Fatalf("the table is there already: %v", err)
		}
		want(t, store, "a")
	})
}

// Usual collations take these for one name.
func TestGrantsAreApart(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		grants := []string{"acme", "Acme", "acme ", "äcme", strings.Repeat("x", 200)}
		for i, name := range grants {
			save(t, oauth.SQLStore(db, dialect, name), strconv.Itoa(i))
		}
		for i, name := range grants {
			want(t, oauth.SQLStore(db, dialect, name), strconv.Itoa(i))
		}
	})
}

func TestMissingTableSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"pgx", "mysql", "sqlite"} {
		t.Run(names[driver], func(t *testing.T) {
			t.Parallel()
			_, db := newDatabase(t, driver)
			store := oauth.SQLStore(db, dialects[driver], "acme")
			_, err := store.Load(t.Context())
			for _, err := range []error{err, store.Update(t.Context(), becomes("a"))} {
				if err == nil || !strings.Contains(err.Error(), "SQL.CreateTable makes it") {
					t.Fatal(err)
				}
			}
			// Replicas that start together make it together.
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if err := store.CreateTable(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			save(t, store, "a")
			want(t, store, "a")
		})
	}
}

func TestUpdatesAreOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"pgx", "mysql", "sqlite"} {
		t.Run(names[driver], func(t *testing.T) {
			t.Parallel()
			takeTurns(t, newPlace(t, driver))
		})
	}
}

// takeTurns counts in a store, from many goroutines. Each has a pool of its own, of one connection, so that the database
// alone keeps them apart.
func takeTurns(t *testing.T, p place) {
	t.Helper()
	const writers, times = 8, 25
	store, _ := p.pool(t)
	inside := make(chan struct{}, 1)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			store, db := p.pool(t)
			db.SetMaxOpenConns(1)
			for range times {
				if _, err := store.Load(t.Context()); err != nil {
					t.Error(err)
				}
				err := store.Update(t.Context(), func(current *oauth.Token) (*oauth.Token, error) {
					select {
					case inside <- struct{}{}:
						defer func() { <-inside }()
					default:
						t.Error("two are inside Update")
					}
					wait(t.Context(), time.Millisecond)
					n, _ := strconv.Atoi(accessOf(current))
					return token(strconv.Itoa(n + 1)), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	want(t, store, strconv.Itoa(writers*times))
}

// hold keeps the lock of a store until the function that it returns is called.
func hold(t *testing.T, store oauth.Store) (release func()) {
	t.Helper()
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		err := store.Update(context.WithoutCancel(t.Context()), func(*oauth.Token) (*oauth.Token, error) {
			close(entered)
			<-leave
			return token("held"), nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-entered:
	case <-done:
		t.Fatal("the lock cannot be had")
	}
	return func() {
		close(leave)
		<-done
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		store := oauth.SQLStore(db, dialect, "acme")
		release := hold(t, store)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		err := store.Update(ctx, func(*oauth.Token) (*oauth.Token, error) {
			t.Error("change was called while somebody else held the lock")
			return nil, nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
		release()
		want(t, store, "held")
		save(t, store, "next")
		want(t, store, "next")
	})
}

// A pool of one connection is enough, and one that is empty is waited for.
func TestOneConnectionIsEnough(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		db.SetMaxOpenConns(1)
		store := oauth.SQLStore(db, dialect, "acme")
		release := hold(t, store)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := store.Load(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
		release()
		want(t, store, "held")
	})
}

// A new token is stored though nobody waits for it any more.
func TestTheEndOfAContextLosesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		store := oauth.SQLStore(db, dialect, "acme")
		ctx, cancel := context.WithCancel(t.Context())
		if err := store.Update(ctx, func(*oauth.Token) (*oauth.Token, error) {
			cancel()
			waited, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer stop()
			if err := store.Update(waited, becomes("intruder")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the lock ended with the context: %v", err)
			}
			return token("a"), nil
		}); err != nil {
			t.Fatal(err)
		}
		want(t, store, "a")
	})
}

func TestAPanicFreesTheLock(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		store := oauth.SQLStore(db, dialect, "acme")
		save(t, store, "a")
		func() {
			defer func() { _ = recover() }()
			_ = store.Update(t.Context(), func(*oauth.Token) (*oauth.Token, error) { panic("no") })
		}()
		want(t, store, "a")
		save(t, store, "b")
		want(t, store, "b")
	})
}

func TestCorruptRowsArePutAside(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		store := oauth.SQLStore(db, dialect, "acme")
		save(t, store, "a")
		query(t.Context(), t, db, "UPDATE sdk_oauth_grants SET token = '{\"acc'")
		if _, err := store.Load(t.Context()); !errors.Is(err, oauth.ErrCorrupt) {
			t.Fatalf("Load: %v", err)
		}
		failure := errors.New("no login")
		for _, result := range []error{nil, failure} {
			err := store.Update(t.Context(), func(current *oauth.Token) (*oauth.Token, error) {
				if current != nil {
					t.Errorf("what cannot be read is %v", current)
				}
				return nil, result
			})
			if !errors.Is(err, oauth.ErrCorrupt) || !errors.Is(err, cmpOr(result, oauth.ErrCorrupt)) {
				t.Fatalf("change returned %v, Update %v", result, err)
			}
		}
		save(t, store, "b")
		want(t, store, "b")
		var name, aside string
		if err := db.QueryRowContext(t.Context(), "SELECT name, token FROM sdk_oauth_grants WHERE name <> 'acme'").Scan(&name, &aside); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(name, "acme.corrupt-") || aside != `{"acc` {
			t.Errorf("put aside is %q: %q", name, aside)
		}
	})
}

func cmpOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func TestRowsAreEncrypted(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dialect oauth.Dialect, db *sql.DB) {
		key := bytes.Repeat([]byte{7}, 32)
		store := oauth.SQLStore(db, dialect, "acme", oauth.WithKey(key))
		save(t, store, "secret-canary")
		want(t, store, "secret-canary")
		var row []byte
		if err := db.QueryRowContext(t.Context(), "SELECT token FROM sdk_oauth_grants").Scan(&row); err != nil {
			t.Fatal(err)
		}
		if len(row) == 0 || bytes.Contains(row, []byte("canary")) {
			t.Errorf("the row is %q", row)
		}
		// Whoever can write to the table cannot give one grant the token of another.
		query(t.Context(), t, db, "UPDATE sdk_oauth_grants SET name = 'bob'")
		if _, err := oauth.SQLStore(db, dialect, "bob", oauth.WithKey(key)).Load(t.Context()); !errors.Is(err, oauth.ErrCorrupt) {
			t.Errorf("as another grant: %v", err)
		}
		query(t.Context(), t, db, "UPDATE sdk_oauth_grants SET name = 'acme'")
		key[0]++
		for _, other := range []*oauth.SQL{oauth.SQLStore(db, dialect, "acme"), oauth.SQLStore(db, dialect, "acme", oauth.WithKey(key))} {
			if _, err := other.Load(t.Context()); !errors.Is(err, oauth.ErrCorrupt) {
				t.Errorf("without the key: %v", err)
			}
		}
	})
}

func TestWrongArgumentsAreErrors(t *testing.T) {
	t.Parallel()
	_, db := newDatabase(t, "sqlite")
	for what, store := range map[string]*oauth.SQL{
		"no database":     oauth.SQLStore(nil, oauth.SQLite, "acme"),
		"SQL dialect 0":   oauth.SQLStore(db, 0, "acme"),
		"1 to 200 bytes":  oauth.SQLStore(db, oauth.SQLite, ""),
		"of 1 to 200":     oauth.SQLStore(db, oauth.SQLite, strings.Repeat("x", 201)),
		"name of a grant": oauth.SQLStore(db, oauth.SQLite, "a\x00b"),
		"31 bytes":        oauth.SQLStore(db, oauth.SQLite, "acme", oauth.WithKey(make([]byte, 31))),
	} {
		_, loading := store.Load(t.Context())
		for _, err := range []error{loading, store.Update(t.Context(), becomes("a")), store.CreateTable(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("want an error about %q: %v", what, err)
			}
		}
	}
}

// Whatever goes wrong, a token is in no error.
func TestErrorsHoldNoToken(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"pgx", "mysql", "sqlite"} {
		t.Run(names[driver], func(t *testing.T) {
			t.Parallel()
			_, db := newDatabase(t, driver)
			column := map[string]string{
				"pgx": "name text PRIMARY KEY, token integer", "mysql": "name varbinary(255) PRIMARY KEY, token integer",
				"sqlite": "name text PRIMARY KEY, token blob CHECK (token IS NULL)",
			}[driver]
			query(t.Context(), t, db, "CREATE TABLE sdk_oauth_grants (%s)", column)
			err := oauth.SQLStore(db, dialects[driver], "acme").Update(t.Context(), becomes("secret-canary"))
			if err == nil {
				t.Fatal("a table of another form took the token")
			}
			t.Log(err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				text := fmt.Sprintf("%v %+v %#v", e, e, e)
				for _, form := range []string{"canary", "access_token", "123, 34, 97", "123 34 97", "0x7b, 0x22, 0x61", "7b2261"} {
					if strings.Contains(text, form) {
						t.Errorf("%T quotes the token as %q: %s", e, form, text)
					}
				}
			}
		})
	}
}
