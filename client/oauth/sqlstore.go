package oauth

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jira-integrations/go-sdk/client"
)

// SQL is the [Store] of a grant in a database; see [SQLStore].
type SQL struct {
	db    *sql.DB
	name  string
	vault vault
	do    statements
	err   error // what is wrong with the arguments
}

var _ Store = (*SQL)(nil)

// SQLStore keeps a token in a database, for services with many replicas. The table, sdk_oauth_grants, has one row per
// grant; name says which one it is. Make the table by [SQL.CreateTable] or by a migration of your own, and open db with
// the driver you like: the store uses database/sql only.
//
// Whoever renews holds the lock of the grant's row, and one connection, for as long as the authorization server takes to
// answer; the others wait for it in the database. A connection that is lost meanwhile is an error of the Update, after
// which the [Source] stores the new token through another connection. All replicas must use the same server: a
// lock means nothing on another node of a Galera cluster. MariaDB's idle_transaction_timeout, when it is set, must be
// longer than a renewal can take.
func SQLStore(db *sql.DB, dialect Dialect, name string, opts ...StoreOption) *SQL {
	do, known := dialect.statements()
	s := &SQL{db: db, name: name, vault: newVault(name, opts), do: do}
	switch {
	case db == nil:
		s.err = errors.New("the store has no database")
	case !known:
		s.err = fmt.Errorf("there is no SQL dialect %d", dialect)
	case name == "" || len(name) > 200 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		s.err = errors.New("the name of a grant is a text of 1 to 200 bytes")
	default:
		s.err = s.vault.err
	}
	return s
}

// misuse says what is wrong with the store or the context.
func (s *SQL) misuse(ctx context.Context) error {
	switch {
	case s == nil || s.db == nil && s.err == nil:
		return errors.New("the store was not made by SQLStore")
	case s.err != nil:
		return s.err
	case ctx == nil:
		return errNoContext
	}
	return nil
}

// CreateTable makes the table unless it exists.
func (s *SQL) CreateTable(ctx context.Context) error {
	if err := s.misuse(ctx); err != nil {
		return err
	}
	return s.again(ctx, func() error { // two that create it at once can fail
		_, err := s.db.ExecContext(ctx, s.do.create)
		return err
	})
}

// Load implements [Store].
func (s *SQL) Load(ctx context.Context) (*Token, error) {
	if err := s.misuse(ctx); err != nil {
		return nil, err
	}
	var b []byte
	err := s.again(ctx, func() error {
		err := s.db.QueryRowContext(ctx, s.do.load, s.name).Scan(&b)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(b)
}

func (s *SQL) open(b []byte) (*Token, error) {
	if len(b) == 0 {
		return nil, nil
	}
	t, err := s.vault.open(b)
	if err != nil {
		return nil, fmt.Errorf("grant %q in the database: %w", s.name, err)
	}
	return t, nil
}

// Update implements [Store].
func (s *SQL) Update(ctx context.Context, change func(*Token) (*Token, error)) error {
	if err := cmp.Or(s.misuse(ctx), canUpdate(ctx, change)); err != nil {
		return err
	}
	var row *lockedRow
	err := s.again(ctx, func() (err error) {
		row, err = s.lockRow(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("lock grant %q in the database: %w", s.name, err)
	}
	defer row.release()
	current, unread := s.open(row.token)
	next, err := change(current)
	switch {
	case err != nil && unread != nil:
		return fmt.Errorf("%w: %w", err, unread)
	case err != nil || next == nil:
		return cmp.Or(err, unread)
	}
	b, err := s.vault.seal(next)
	if err != nil {
		return err
	}
	// What change has brought must not be lost because somebody no longer waits for it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sqlWriteTimeout)
	defer cancel()
	if unread != nil {
		aside := s.name + time.Now().UTC().Format(".corrupt-20060102T150405.000000Z")
		if err := row.exec(ctx, s.do.aside, row.token, aside); err != nil {
			return fmt.Errorf("put aside what grant %q was in the database: %w", s.name, discreet(err))
		}
	}
	if err := row.exec(ctx, s.do.write, b, s.name); err != nil {
		return fmt.Errorf("write grant %q to the database: %w", s.name, discreet(err))
	}
	if err := row.exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit grant %q to the database: %w", s.name, err)
	}
	row.committed = true
	return nil
}

const (
	// sqlWriteTimeout bounds the writing of a new token, which no caller can cancel.
	sqlWriteTimeout = 30 * time.Second
	// sqlRollbackTimeout is how long a connection may take to give up its transaction. Then it is closed.
	sqlRollbackTimeout = 5 * time.Second
	// sqlFailures is how many failures in a row are suffered, with pauses of 10 ms and twice as long each time: 2.5 s.
	sqlFailures = 8
)

// again repeats what has changed nothing when it fails: whatever the reason is, it may have passed when there is another
// connection, another order of locks, a database that has been started again. Drivers do not agree on how to tell these
// from the reasons that stay, so those are suffered some times as well.
func (s *SQL) again(ctx context.Context, try func() error) error {
	for failures := 0; ; {
		err := try()
		wait := lockPoll
		switch {
		case err == nil:
			return nil
		case sqlNoTable(err):
			return fmt.Errorf("the table %s is missing, SQL.CreateTable makes it: %w", sqlTable, err)
		case sqlBusy(err):
		case failures == sqlFailures:
			return err
		default:
			wait <<= failures
			failures++
		}
		if ended := client.Sleep(ctx, wait); ended != nil {
			if errors.Is(err, ended) {
				return err
			}
			return fmt.Errorf("%w: %w", ended, err)
		}
	}
}

// lockedRow is the row of a grant in a transaction that keeps everybody else from it. The statements go to the connection
// itself: the end of a context must not end the transaction while a refresh is under way, as it does with an sql.Tx, and
// a COMMIT that SQLite is too busy for must be repeated, not rolled back.
type lockedRow struct {
	conn      *sql.Conn
	token     []byte
	committed bool
}

func (s *SQL) lockRow(ctx context.Context) (_ *lockedRow, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	row := &lockedRow{conn: conn}
	defer func() {
		if err != nil {
			row.release()
		}
	}()
	for _, begin := range s.do.begin {
		if _, err := conn.ExecContext(ctx, begin); err != nil {
			return nil, err
		}
	}
	err = conn.QueryRowContext(ctx, s.do.lock, s.name).Scan(&row.token)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = conn.ExecContext(ctx, s.do.insert, s.name) // fails when somebody else is about to insert it
	}
	return row, err
}

// exec repeats a statement while SQLite is busy: without a log, readers keep it from writing for moments.
func (r *lockedRow) exec(ctx context.Context, statement string, args ...any) error {
	for {
		_, err := r.conn.ExecContext(ctx, statement, args...)
		if err == nil || !sqlBusy(err) || client.Sleep(ctx, lockPoll) != nil {
			return err
		}
	}
}

// release ends the transaction and gives the connection back. One that cannot do that is closed, which ends both.
func (r *lockedRow) release() {
	if !r.committed {
		ctx, cancel := context.WithTimeout(context.Background(), sqlRollbackTimeout)
		defer cancel()
		if _, err := r.conn.ExecContext(ctx, "ROLLBACK"); err != nil && !sqlNoTransaction(err) {
			_ = r.conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	_ = r.conn.Close()
}
