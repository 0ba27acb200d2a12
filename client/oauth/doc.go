// Package oauth logs people in by OAuth 2.0 (the authorization code flow, Atlassian's 3LO) and keeps them logged in: its
// [Source] signs the requests of a client and renews the access token, many goroutines and processes together, without
// ever losing a refresh token that works only once.
//
//	src := oauth.NewSource(jira.OAuthConfig(id, secret, redirect, "read:jira-work", "offline_access"), oauth.FileStore("jira.token.json"))
//
// # Logging in
//
// [Config.Begin] makes a [Login] to keep in the person's session, [Config.AuthCodeURL] the address to open in their
// browser. The server sends them back to the redirect URL; [Config.Exchange] turns the query of that request into a
// [Token] and [Source.Save] stores it. The program examples/oauth-login does all that. A service account needs none of
// it: see [NewClientCredentials].
//
// # When a token is renewed
//
// A minute before it expires (sooner for tokens of less than ten minutes: when a tenth of their life is left), and when
// an API answers 401 to it, unless the answer says that a scope is missing. One request is sent, however many goroutines
// and processes wait for it; each waits as long as its own context allows, and the request goes on without any of them.
// A 401 to a token that has been replaced meanwhile renews nothing. While a renewal takes longer than five seconds, or fails
// for reasons that may pass, the current token is used as long as it lives. After a failure the server is left alone for
// some seconds.
//
// # What a crash can do
//
// Refresh tokens rotate: the server takes each once and answers with the next. Therefore a [Store] holds a lock while a
// token is renewed, and a new token is durable before anybody uses it. A process that dies
//
//   - before it has sent the request has changed nothing: the next process sends it;
//   - after the server has rotated the token, but before the answer was stored, leaves behind the spent refresh token and
//     the time at which the request was begun. The next process sends it again. Atlassian takes a spent token for
//     another 10 minutes (its developer community, CDAC-54172) and answers with a new pair; after that the grant is
//     lost, and the error tells why;
//   - after the answer was stored leaves behind a good token.
//
// The same holds for an answer that is lost on the way to a living process: it asks once more, a second later. Then the call
// fails, and the next one may ask after a pause that grows from five seconds to a minute. An answer that cannot be stored,
// because the database is away, is kept in memory, not used, and stored as soon as that is possible. A program that ends by
// itself, or by Ctrl-C, waits for all that by [Source.Wait].
//
// When the server says invalid_grant or unauthorized_client, calls fail with [ErrReauthorize]. What is stored is kept
// and marked, so that other processes of the app do not ask as well; after 10 minutes one asks again, in case the server
// was wrong. Nothing here deletes a token: to forget a login, remove its file or its row. With Atlassian each grant ends
// when it was not renewed for 90 days, and in any case 365 days after the consent.
//
// # Concurrent use
//
// A [Source] and the stores of this package are safe for use by several goroutines. [Config], [Token], [Secret] and the other
// types are values that nothing here changes: several goroutines may read them.
//
// # Secrets
//
// Nothing here prints a token, a code or a client secret: no error, no String, no verb of fmt, no slog handler.
package oauth
