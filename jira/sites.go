package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/client/oauth"
)

// OAuthConfig is the app with the given id and secret at Atlassian's authorization server (OAuth 2.0, 3LO). The redirect
// URL is the one registered for the app. The scopes are what it asks for, as in "read:jira-work", "write:jira-work";
// "offline_access" is added, for without it there is no refresh token and the grant ends after an hour. A service account
// gives neither a redirect URL nor scopes, see [oauth.NewClientCredentials].
func OAuthConfig(id, secret, redirect string, scopes ...string) oauth.Config {
	const offline = "offline_access"
	scopes = slices.Clone(scopes)
	if len(scopes) > 0 && !slices.Contains(scopes, offline) {
		scopes = append(scopes, offline)
	}
	return oauth.Config{ //nolint:gosec // the addresses are public, the secret is the caller's
		ClientID: id, ClientSecret: oauth.NewSecret(secret), RedirectURL: redirect, Scopes: scopes,
		AuthURL:  "https://auth.atlassian.com/authorize",
		TokenURL: "https://auth.atlassian.com/oauth/token",
		Audience: "api.atlassian.com",
		Prompt:   "consent",
	}
}

// Sites returns the sites that an OAuth 2.0 grant reaches, each once, by name. It says what the app was granted: the
// person may lack permissions there all the same.
//
// GET https://api.atlassian.com/oauth/token/accessible-resources
//
// Errors: [client.ErrUnauthorized]; [oauth.ErrReauthorize] when a person has to log in again.
func Sites(ctx context.Context, auth client.Auth, opts ...client.Option) ([]Site, error) {
	c, err := client.New(client.Gateway, auth, opts...)
	if err != nil {
		return nil, err
	}
	var listed, sites []Site
	if err := c.Do(ctx, client.NewRequest("Sites", http.MethodGet, "/oauth/token/accessible-resources"), &listed); err != nil {
		return nil, err
	}
	for _, s := range listed { // a site is listed once for each of its products
		s.ID, s.Name, s.URL = c.Scrub(s.ID), c.Scrub(s.Name), c.Scrub(s.URL) // which a SiteError lists
		i := slices.IndexFunc(sites, func(known Site) bool { return known.ID == s.ID })
		if i < 0 {
			sites = append(sites, s)
			continue
		}
		for _, scope := range s.Scopes {
			if !slices.Contains(sites[i].Scopes, scope) {
				sites[i].Scopes = append(sites[i].Scopes, scope)
			}
		}
	}
	slices.SortStableFunc(sites, func(a, b Site) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return sites, nil
}

// FindSite returns the one of [Sites] with the given name, address or cloud id; the only one there is for "". Otherwise the
// error is a *[SiteError] with the choices.
func FindSite(ctx context.Context, auth client.Auth, wanted string, opts ...client.Option) (Site, error) {
	sites, err := Sites(ctx, auth, opts...)
	if err != nil {
		return Site{}, err
	}
	wanted = strings.TrimSpace(wanted)
	for _, match := range []func(Site) bool{ // an id or a host means one site, a name may be that of several
		func(s Site) bool { return strings.EqualFold(s.ID, wanted) },
		func(s Site) bool { return wanted != "" && siteHost(s.URL) == siteHost(wanted) },
		func(s Site) bool {
			label, _, _ := strings.Cut(siteHost(s.URL), ".")
			return wanted == "" || strings.EqualFold(s.Name, wanted) || strings.EqualFold(label, wanted)
		},
	} {
		if found := slices.DeleteFunc(slices.Clone(sites), func(s Site) bool { return !match(s) }); len(found) == 1 {
			return found[0], nil
		} else if len(found) > 1 {
			return Site{}, &SiteError{Wanted: wanted, Matches: found, Choices: sites}
		}
	}
	return Site{}, &SiteError{Wanted: wanted, Choices: sites}
}

// siteHost is the host of an address, with or without https:// before it.
func siteHost(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		rest = address
	}
	host, _, _ := strings.Cut(rest, "/")
	return strings.ToLower(strings.TrimRight(host, "."))
}

// SiteError says that a name means no site, or more than one. Without a site that is granted it is also
// [client.ErrForbidden], otherwise [client.ErrNotFound] or, for several, [client.ErrConflict].
type SiteError struct {
	// Wanted is what was looked for.
	Wanted string
	// Matches are the sites that it fits, if there are several.
	Matches []Site
	// Choices are all sites of the grant.
	Choices []Site
}

// Error lists the choices.
func (e *SiteError) Error() string {
	if e == nil {
		return noError
	}
	choices := e.Choices
	text := fmt.Sprintf("the grant reaches no site %q", e.Wanted)
	switch {
	case len(e.Choices) == 0:
		return "the grant reaches no site at all: log in again and choose one, with an account that may use it"
	case e.Wanted == "":
		text = "the grant reaches several sites, name one"
	case len(e.Matches) > 0:
		text, choices = fmt.Sprintf("several sites fit %q, give the address or the id", e.Wanted), e.Matches
	}
	names := make([]string, len(choices))
	for i, s := range choices {
		names[i] = fmt.Sprintf("%s (%s, %s)", s.Name, s.URL, s.ID)
	}
	return text + ": " + strings.Join(names, "; ")
}

// Is matches the kinds of failure.
func (e *SiteError) Is(target error) bool {
	if e == nil {
		return false
	}
	switch {
	case len(e.Choices) == 0:
		return target == client.ErrForbidden
	case len(e.Matches) > 0:
		return target == client.ErrConflict
	}
	return target == client.ErrNotFound
}

// gateway begins the path of Atlassian's gateway, before the cloud id of the site.
const gateway = "/ex/jira/"

// WithGateway reaches a site by Atlassian's gateway, as scoped API tokens and service accounts need: give [New] the address
// of the site, its cloud id is looked up. New does that by itself for a site with OAuth, a cloud id and a [Site].
func WithGateway() client.Option { return client.WithGateway(gateway) }

// locate returns the base URL for the client, the address of the site for people ("" where it is not known) and what is
// needed to get to it.
func locate(site string, auth client.Auth) (base, browse string, opts []client.Option) {
	site = strings.TrimRight(site, "/")
	if client.IsCloudID(site) {
		return client.Gateway + gateway + site, "", nil
	}
	u, err := url.Parse(site)
	switch _, granted := auth.(*oauth.Source); {
	case err != nil || u.Hostname() == "" || strings.HasPrefix(u.Path, gateway):
		return site, "", nil // client.New says what is wrong with it
	case granted:
		return site, site, []client.Option{WithGateway()}
	}
	return site, site, nil
}

// locateSite is locate for a site of a grant.
func locateSite(site Site) (base, browse string, err error) {
	if !client.IsCloudID(site.ID) {
		return "", "", errors.New("the site has no cloud id: take one from Sites or FindSite")
	}
	return client.Gateway + gateway + site.ID, strings.TrimRight(site.URL, "/"), nil
}

// behindGateway reports whether c reaches the site by the gateway.
func behindGateway(c *client.Client) bool {
	base, err := url.Parse(c.BaseURL())
	return err == nil && strings.HasPrefix(base.Path+"/", gateway)
}
