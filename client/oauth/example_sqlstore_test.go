package oauth_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jira-integrations/go-sdk/client/oauth"
)

// All replicas of a service share the grant "acme". The program imports a driver besides, as
// github.com/jackc/pgx/v5/stdlib.
func ExampleSQLStore() {
	db, err := sql.Open("pgx", "postgres://tokens@db.example/tokens")
	if err != nil {
		fmt.Println(err)
		return
	}
	store := oauth.SQLStore(db, oauth.PostgreSQL, "acme")
	if err := store.CreateTable(context.Background()); err != nil { // or by a migration
		fmt.Println(err)
		return
	}
	src := oauth.NewSource(oauth.Config{ /* jira.OAuthConfig returns one */ }, store)
	fmt.Println(src)
}
