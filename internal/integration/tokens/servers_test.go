//go:build unix

package tokens_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
)

// server is a database server of the tests, in a folder of its own.
type server struct {
	driver string
	dsn    func(database string) string
	args   []string // of its process
	run    *syscall.SysProcAttr
	dir    string
	cmd    *exec.Cmd
	stdin  io.Closer
	log    *os.File
}

// postgres and mariadb are shared by the tests. A test that harms its server starts another one.
var (
	postgres = sync.OnceValues(newPostgres)
	mariadb  = sync.OnceValues(newMariaDB)
)

// shared returns a server of [postgres] or [mariadb].
func shared(t *testing.T, start func() (*server, error)) *server {
	t.Helper()
	demand(t)
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newPostgres() (*server, error) {
	s, err := newServer("pgx")
	if err != nil {
		return nil, err
	}
	initdb, err := find("initdb", "/usr/lib/postgresql/*/bin", "postgresql")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, "data")
	if err := s.command(initdb, "-D", data, "-U", "tokens", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-instructions"); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.args = []string{
		filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data, "-k", s.dir, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200",
	}
	s.dsn = func(database string) string {
		return fmt.Sprintf("postgres://tokens@127.0.0.1:%s/%s?sslmode=disable", port, database)
	}
	return s, s.start("postgres")
}

func newMariaDB() (*server, error) {
	_ = mysql.SetLogger(log.New(io.Discard, "", 0)) // it tells of each lost connection
	s, err := newServer("mysql")
	if err != nil {
		return nil, err
	}
	if _, err := find("my_print_defaults", "/usr/bin", "mariadb-client-core"); err != nil { // the next one needs it
		return nil, err
	}
	install, err := find("mariadb-install-db", "/usr/bin", "mariadb-server-core")
	if err != nil {
		return nil, err
	}
	daemon, err := find("mariadbd", "/usr/sbin", "mariadb-server-core")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, "data")
	if err := s.command(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db"); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.args = []string{
		daemon, "--no-defaults", "--datadir=" + data, "--bind-address=127.0.0.1", "--port=" + port,
		"--socket=" + filepath.Join(s.dir, "socket"), "--pid-file=" + filepath.Join(s.dir, "pid"),
		"--innodb-buffer-pool-size=32M", "--skip-name-resolve",
	}
	s.dsn = func(database string) string { return fmt.Sprintf("root@tcp(127.0.0.1:%s)/%s", port, database) }
	return s, s.start("mysql")
}

// newServer makes the folder of a server. The servers refuse to run as root.
func newServer(driver string) (*server, error) {
	s := &server{driver: driver, run: &syscall.SysProcAttr{}}
	var err error
	if s.dir, err = os.MkdirTemp("", "tokens-"+driver+"-"); err != nil {
		return nil, err
	}
	atEnd(func() {
		s.stop()
		_ = os.RemoveAll(s.dir)
	})
	if s.log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return s, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
	s.run.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return s, os.Chown(s.dir, int(uid), int(gid))
}

// find returns a program of a Debian package, the newest one if there are several.
func find(name, dirs, debian string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return filepath.EvalSymlinks(path)
	}
	found, _ := filepath.Glob(filepath.Join(dirs, name))
	if len(found) == 0 {
		return "", fmt.Errorf("%s is missing: install Debian's package %s", name, debian)
	}
	return found[len(found)-1], nil // they are sorted by version
}

func freePort() (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// command runs a program as the user of the server.
func (s *server) command(args ...string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.run
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", args[0], err, out)
	}
	return nil
}

// leash runs a program until its own input ends, as it does with the test, however that ends. The signal is the one of
// pg_ctl stop -m immediate: PostgreSQL ends without writing down what is in its memory.
const leash = `"$@" & read -r _; kill -QUIT $!; wait`

// start starts the server and waits until its database answers.
func (s *server) start(database string) error {
	s.cmd = exec.Command("sh", append([]string{"-c", leash, "sh"}, s.args...)...)
	s.cmd.Dir, s.cmd.SysProcAttr = s.dir, s.run
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	db, err := sql.Open(s.driver, s.dsn(database))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		if !wait(ctx, 20*time.Millisecond) {
			said, _ := os.ReadFile(s.log.Name())
			return fmt.Errorf("%s does not answer: %w\n%s", s.args[0], err, said)
		}
	}
}

// stop ends the server; PostgreSQL crashes.
func (s *server) stop() {
	if s.cmd != nil {
		_ = s.stdin.Close()
		_ = s.cmd.Wait()
	}
}

var databases atomic.Int32

// database makes an empty database and returns its DSN and an open pool.
func (s *server) database(t *testing.T) (string, *sql.DB) {
	t.Helper()
	name := fmt.Sprintf("tokens_%d", databases.Add(1))
	admin := s.open(t, map[string]string{"pgx": "postgres", "mysql": "mysql"}[s.driver])
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.dsn(name), s.open(t, name)
}

func (s *server) open(t *testing.T, database string) *sql.DB {
	t.Helper()
	db, err := sql.Open(s.driver, s.dsn(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// wait waits; it reports whether ctx lasted so long.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
