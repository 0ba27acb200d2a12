// Package tokens proves, on real databases and with processes that are killed, that client/oauth renews a refresh token
// that works once exactly once and never loses it. It has tests only.
//
// With SDK_INTEGRATION=1 the tests demand the servers of PostgreSQL and MariaDB and take some minutes; without it they
// leave out what needs either. They start the servers themselves, on loopback and in temporary folders, as another user
// when root runs them.
package tokens
