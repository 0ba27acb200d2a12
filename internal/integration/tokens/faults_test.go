//go:build unix

package tokens_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jira-integrations/go-sdk/client/oauth"
)

// killed are the servers that a connection can be lost to, and the statements that end all connections to a database but
// the one that says it.
var killed = map[string]string{
	"pgx":   "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
	"mysql": "SELECT concat('KILL ', id) FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}

// hangUp ends all connections to a database.
func hangUp(t *testing.T, p place) {
	t.Helper()
	db, err := sql.Open(p.Kind, p.At)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), killed[p.Kind])
	if err != nil {
		t.Error(err)
		return
	}
	var ids []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Error(err)
		}
		ids = append(ids, text)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(ids) == 0 {
		t.Errorf("%d connections were ended: %v", len(ids), err)
	}
	if p.Kind == "mysql" {
		for _, kill := range ids {
			if _, err := db.ExecContext(t.Context(), kill); err != nil {
				t.Error(err)
			}
		}
	}
}

func eachServer(t *testing.T, test func(t *testing.T, p place)) {
	t.Helper()
	t.Parallel()
	for driver := range killed {
		t.Run(names[driver], func(t *testing.T) {
			t.Parallel()
			test(t, newPlace(t, driver))
		})
	}
}

// pool opens a place with a pool that the test can look into.
func (p place) pool(t *testing.T) (*oauth.SQL, *sql.DB) {
	t.Helper()
	db, err := sql.Open(p.Kind, p.At)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return oauth.SQLStore(db, dialects[p.Kind], "acme"), db
}

// A pool of dead connections, as after a restart of the database, is no failure.
func TestDeadConnectionsAreReplaced(t *testing.T) {
	eachServer(t, func(t *testing.T, p place) {
		store, db := p.pool(t)
		db.SetMaxIdleConns(20)
		save(t, store, "a")
		for _, use := range []func(){
			func() { want(t, store, "a") },
			func() { save(t, store, "b"); want(t, store, "b") },
		} {
			conns := make([]*sql.Conn, 20)
			for i := range conns {
				var err error
				if conns[i], err = db.Conn(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for _, conn := range conns {
				_ = conn.Close() // back to the pool
			}
			hangUp(t, p)
			use()
		}
	})
}

// Once change was called, a lost connection is never taken for a success.
func TestAConnectionLostUnderTheLockIsAnError(t *testing.T) {
	eachServer(t, func(t *testing.T, p place) {
		store, _ := p.pool(t)
		save(t, store, "a")
		calls := 0
		err := store.Update(t.Context(), func(*oauth.Token) (*oauth.Token, error) {
			calls++
			hangUp(t, p)
			return token("lost"), nil
		})
		if err == nil || calls != 1 {
			t.Fatalf("change was called %d times, the error is %v", calls, err)
		}
		want(t, store, "a")
		save(t, store, "b")
		want(t, store, "b")
	})
}

// The new token of a renewal whose connection is lost is stored through another one; the server is not asked again.
func TestARenewalOutlivesItsConnection(t *testing.T) {
	eachServer(t, func(t *testing.T, p place) {
		store, _ := p.pool(t)
		srv := newAuthority(t, 1)
		src := srv.login(t, store)
		srv.once(func() { hangUp(t, p) })
		if err := renewOnce(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		got, err := src.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want(t, store, got.AccessToken())
		if s := srv.Stats(); s.Refreshes != 1 || s.Recoveries+s.InvalidGrants > 0 {
			t.Errorf("the server counted %+v", s)
		}
	})
}

// PostgreSQL crashes between a rotation and its answer, and comes back, while other replicas wait for the lock.
func TestPostgreSQLRestartsDuringARefresh(t *testing.T) {
	demand(t)
	t.Parallel()
	server, err := newPostgres()
	if err != nil {
		t.Fatal(err)
	}
	for _, replicas := range []int{1, 4} {
		t.Run(fmt.Sprint(replicas, " replicas"), func(t *testing.T) {
			dsn, db := server.database(t)
			p := place{"pgx", dsn}
			if err := oauth.SQLStore(db, oauth.PostgreSQL, "acme").CreateTable(t.Context()); err != nil {
				t.Fatal(err)
			}
			srv := newAuthority(t, 1)
			var sources []*oauth.Source
			for range replicas {
				store, _ := p.pool(t)
				sources = append(sources, oauth.NewSource(configAt(srv.url), store))
			}
			if err := sources[0].Save(t.Context(), srv.Grant()); err != nil {
				t.Fatal(err)
			}
			const restarts = 3
			line := row{proof: "database restarts", store: "PostgreSQL", processes: replicas, goroutines: 1, kills: restarts}
			for range restarts {
				srv.once(func() {
					wait(t.Context(), 100*time.Millisecond) // until the others wait
					server.stop()
					if err := server.start("postgres"); err != nil {
						t.Error(err)
					}
				})
				var all sync.WaitGroup
				var mu sync.Mutex
				for _, src := range sources {
					all.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
						defer cancel()
						calls, failed := untilRenewed(ctx, t, src)
						mu.Lock()
						defer mu.Unlock()
						line.calls += calls
						line.failed += failed
					})
				}
				all.Wait()
			}
			srv.tell(&line)
			report.add(line)
			if line.reuses+line.refused > 0 || line.refreshes < restarts {
				t.Errorf("the server counted %+v", srv.Stats())
			}
			if replicas == 1 && (line.failed > 0 || line.recoveries > 0 || line.refreshes != restarts) {
				t.Errorf("nobody else was there, and yet %d calls failed and the server counted %+v", line.failed, srv.Stats())
			}
		})
	}
}

// untilRenewed renews a token; while the database is away, that may fail.
func untilRenewed(ctx context.Context, t *testing.T, src *oauth.Source) (calls, failed int) {
	t.Helper()
	for {
		err := renewOnce(ctx, src)
		calls++
		if err == nil {
			return calls, failed
		}
		failed++
		if errors.Is(err, oauth.ErrReauthorize) || !wait(ctx, 100*time.Millisecond) {
			t.Errorf("the grant is lost, or the database was away too long: %v", err)
			return calls, failed
		}
	}
}

// What administrators limit for ordinary transactions does not end a renewal, and what they choose as the default
// isolation does not make it see what is old.
func TestLimitsAndDefaultsOfDatabases(t *testing.T) {
	t.Parallel()
	for _, limits := range []struct {
		kind, parameters string
		held             time.Duration // longer than failures are suffered, where waiting is no failure
	}{
		{"pgx", "&statement_timeout=50&idle_in_transaction_session_timeout=50&synchronous_commit=off", 4 * time.Second},
		{"pgx", "&lock_timeout=50", 4 * time.Second},
		{"pgx", "&default_transaction_isolation=serializable&default_transaction_read_only=on", 100 * time.Millisecond},
		{"pgx", "&default_query_exec_mode=simple_protocol", 100 * time.Millisecond},
		{"mysql", "?innodb_lock_wait_timeout=0", 4 * time.Second},
		{"mysql", "?tx_isolation=%27SERIALIZABLE%27", 100 * time.Millisecond},
		{"mysql", "?interpolateParams=true&innodb_snapshot_isolation=ON", 100 * time.Millisecond},
		{"sqlite", "?_pragma=journal_mode(wal)", 4 * time.Second},
		{"sqlite", "?_pragma=busy_timeout(20)", 100 * time.Millisecond},
		{"sqlite", "?_txlock=deferred", 100 * time.Millisecond},
	} {
		t.Run(names[limits.kind]+" "+limits.parameters, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, limits.kind)
			p.At += limits.parameters
			one, _ := p.pool(t)
			other, _ := p.pool(t)
			save(t, one, "a")
			want(t, other, "a")
			release := hold(t, one)
			waited := make(chan error, 1)
			go func() {
				waited <- other.Update(t.Context(), func(current *oauth.Token) (*oauth.Token, error) {
					return token(accessOf(current) + " and seen"), nil
				})
			}()
			select {
			case err := <-waited:
				t.Errorf("the other one did not wait: %v", err)
				release()
			case <-time.After(limits.held):
				release()
				if err := <-waited; err != nil {
					t.Error(err)
				}
			}
			want(t, one, "held and seen")
			takeTurns(t, p)
		})
	}
}

// Deadlocks and serialization failures pass, as long as change was not called.
func TestPassingFailuresAreRepeated(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "pgx")
	store, db := p.pool(t)
	for _, statement := range []string{
		"CREATE SEQUENCE failures",
		`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('failures') < 4 THEN RAISE EXCEPTION USING ERRCODE = '40P01', MESSAGE = 'deadlock detected'; END IF; RETURN NEW;
		END $$`,
		"CREATE TRIGGER fail BEFORE INSERT ON sdk_oauth_grants FOR EACH ROW EXECUTE FUNCTION fail()",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	save(t, store, "a")
	want(t, store, "a")
}

// Without a write-ahead log SQLite cannot commit while somebody reads. The new token waits for that, under the lock.
func TestSQLiteCommitsAfterReaders(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "sqlite")
	store, _ := p.pool(t)
	_, db := p.pool(t)
	save(t, store, "a")
	reader, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	for _, statement := range []string{"BEGIN", "SELECT count(*) FROM sdk_oauth_grants"} {
		if _, err := reader.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() { done <- store.Update(t.Context(), becomes("b")) }()
	select {
	case err := <-done:
		t.Fatalf("there is a reader, and yet the update has ended: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := oauth.SQLStore(db, oauth.SQLite, "acme").Update(ctx, becomes("c")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the lock is not held while the new token waits: %v", err)
	}
	if _, err := reader.ExecContext(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want(t, store, "b")
}

// A database that is busy is asked again through the same connection: another one may be another database, in memory.
func TestSQLiteWaitsWithOneConnection(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "sqlite")
	holder, _ := p.pool(t)
	store, db := p.pool(t)
	db.SetMaxOpenConns(1)
	query(t.Context(), t, db, "CREATE TEMPORARY TABLE this_connection (n int)")
	release := hold(t, holder)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := store.Update(ctx, becomes("b")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	release()
	query(t.Context(), t, db, "INSERT INTO this_connection VALUES (1)")
	want(t, store, "held")
}

func TestSQLiteInMemory(t *testing.T) {
	t.Parallel()
	store, db := place{"sqlite", ":memory:"}.pool(t)
	db.SetMaxOpenConns(1)
	if err := store.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	save(t, store, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Update(ctx, becomes("b")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	want(t, store, "a")
}
