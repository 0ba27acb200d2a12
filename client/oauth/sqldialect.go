package oauth

import (
	"errors"
	"slices"
	"strings"
)

// Dialect is the kind of a database.
type Dialect int

// The databases that can keep tokens.
const (
	// PostgreSQL is PostgreSQL.
	PostgreSQL Dialect = iota + 1
	// MySQL is MySQL or MariaDB, with tables of InnoDB.
	MySQL
	// SQLite is SQLite. Give the tokens a database file of their own: no other process can write to it while one renews.
	SQLite
)

// sqlTable is the table of all grants.
const sqlTable = "sdk_oauth_grants"

// statements are what a store says to its database.
type statements struct {
	create string
	begin  []string // a transaction that may write
	load   string
	lock   string // load and keep everybody else from it until the end of the transaction
	insert string // an empty row
	write  string
	aside  string // one more row
}

// postgresSession replaces, for one transaction, what administrators limit for ordinary ones: a lock is waited for and
// held as long as an authorization server takes. The limits are longer than any renewal, but there are some, so that the
// lock of a machine that has vanished ends. What is committed must be on the disk.
const postgresSession = `SELECT set_config('statement_timeout', '150s', true), set_config('lock_timeout', '150s', true),
	set_config('idle_in_transaction_session_timeout', '150s', true),
	CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL THEN set_config('transaction_timeout', '300s', true) END,
	CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END`

// statements returns those of the dialect. Its transactions read what was committed last, whatever the database's default
// is: in a snapshot, a row that somebody else has just changed would look unchanged, or could not be locked at all.
// Names are compared byte by byte: the usual collations of MySQL would give two grants one row.
func (d Dialect) statements() (s statements, ok bool) {
	one, two := "?", "?"
	switch d {
	case PostgreSQL:
		one, two = "$1", "$2"
		s.create = "(name text NOT NULL PRIMARY KEY, token bytea)"
		s.begin = []string{"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", postgresSession}
		s.lock = " FOR UPDATE"
	case MySQL:
		s.create = "(name varbinary(255) NOT NULL PRIMARY KEY, token mediumblob) ENGINE=InnoDB"
		s.begin = []string{"SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION READ WRITE"}
		s.lock = " FOR UPDATE"
	case SQLite:
		s.create = "(name text NOT NULL PRIMARY KEY, token blob)"
		s.begin = []string{"BEGIN IMMEDIATE"} // locks the whole database; a lock that is taken by a later write can fail
	default:
		return s, false
	}
	s.create = "CREATE TABLE IF NOT EXISTS " + sqlTable + " " + s.create
	s.load = "SELECT token FROM " + sqlTable + " WHERE name = " + one
	s.lock = s.load + s.lock
	s.insert = "INSERT INTO " + sqlTable + " (name) VALUES (" + one + ")"
	s.write = "UPDATE " + sqlTable + " SET token = " + one + " WHERE name = " + two
	s.aside = "INSERT INTO " + sqlTable + " (token, name) VALUES (" + one + ", " + two + ")"
	return s, true
}

// The databases tell these by numbers that each driver passes on in its text, and each in a type of its own.

// sqlBusy reports that a lock was waited for as long as the database waits, and that there is no harm in waiting on.
func sqlBusy(err error) bool {
	return says(err, "error 1205", "database is locked", "database table is locked", "sqlite_busy")
}

// sqlNoTable reports that the table is missing.
func sqlNoTable(err error) bool {
	return says(err, "42p01", "error 1146", "no such table")
}

// sqlNoTransaction reports that there was nothing to roll back; other databases than SQLite do not mind.
func sqlNoTransaction(err error) bool { return says(err, "no transaction is active") }

func says(err error, texts ...string) bool {
	all := strings.ToLower(err.Error() + " " + sqlState(err))
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(all, text) })
}

// sqlState returns the code of the SQL standard, where the driver has it.
func sqlState(err error) string {
	if e, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok {
		return e.SQLState()
	}
	return ""
}

// discreet returns the error of a statement that held a token, without the words of the driver if they may quote it, as
// those about a column of another type do: what is stored begins with a brace, however it is printed.
func discreet(err error) error {
	if says(err, "{", "123 34", "123, 34", "0x7b", "7b22", "eyj") {
		return errors.New(strings.TrimSpace("the database refuses it, in words that may hold it " + sqlState(err)))
	}
	return err
}
