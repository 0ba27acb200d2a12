// Package oauthtest is a fake authorization server for tests of a login: a consent page, a token endpoint with rotating
// refresh tokens, the list of sites and the gateway in front of them, all in the process of the test. It answers as
// Atlassian does, errors included; with [WithFormOnly] as a server that keeps to RFC 6749.
//
//	srv := oauthtest.NewServer()
//	defer srv.Close()
//	cfg := srv.Config("http://127.0.0.1:8080/callback", "read:jira-work", "offline_access")
//	src := oauth.NewSource(cfg, oauth.MemoryStore())
//
// [Server.Allow] and [Server.Deny] do what a person does on the consent page, which a browser shows as well.
// [Server.Grant] spares tests that are about something else the login. [Server.AddSite] puts a site behind the gateway.
//
// A refresh token works once. Used again within the leeway ([WithLeeway]), as after a lost answer, it brings another
// pair, unless its successor has been used too; used again later it is taken for stolen, and every token that came of
// the same consent is dead. [Server.Stats] counts all that.
//
// Paths, parameters and body fields that the server does not know are refused, and so are scopes. Tokens and codes are
// numbered: the same calls give the same ones. Faults (delays, error answers, lost connections) are injected by
// [Server.Faults].
//
// Values of the other types may be read by several goroutines as long as none changes them.
package oauthtest
