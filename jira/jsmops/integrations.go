package jsmops

import (
	"context"
	"fmt"

	"github.com/jira-integrations/go-sdk/client"
)

// untold are the properties that the answers may lack, or that the server sets in its own way.
var untold = []string{"enabled", "description", "conditionsEmpty", "order", "systemCondition"}

// Create creates an integration, with the care of [ActionsService.Create]. With most types the server creates actions too:
// list them before you add your own.
//
// GET and POST /v1/integrations
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
//
// Errors: [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *IntegrationsService) Create(ctx context.Context, input IntegrationInput) (*Integration, error) {
	const op = "Integrations.Create"
	wrong := problems{}
	wrong.checkText("name", input.Name)
	wrong.checkText("type", input.Type)
	wrong.checkValues("typeSpecificProperties", input.TypeSpecificProperties)
	if err := wrong.err(op); err != nil {
		return nil, err
	}
	return client.Creation[Integration]{
		Op: op, Client: (*service)(s).api(), Key: [...]string{input.Type, input.Name},
		Sent: input, Untold: untold,
		Look: func(ctx context.Context) ([]string, error) {
			list := s.List(ctx, &ListIntegrationsParams{Name: input.Name, Type: input.Type})
			return client.IDs(list, func(i *Integration) (string, bool) { return i.ID, i.Name == input.Name && i.Type == input.Type })
		},
		Send: func(ctx context.Context) (*Integration, error) { return s.create(ctx, input) },
		ID:   func(i *Integration) string { return i.ID },
		Get:  s.Get,
	}.Run(ctx)
}

// Update changes an integration and returns it as it is now.
//
// As with [ActionsService.Update], Enabled is always sent: when it is nil, Update reads the integration first and sends what
// that is.
//
// PATCH /v1/integrations/{id}, after a GET when Enabled is nil
//
// OAuth 2.0 scopes: read:ops-config:jira-service-management, write:ops-config:jira-service-management.
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *IntegrationsService) Update(ctx context.Context, integrationID string, update IntegrationUpdate) (*Integration, error) {
	const op = "Integrations.Update"
	wrong := problems{}
	wrong.checkValues("typeSpecificProperties", update.TypeSpecificProperties)
	if err := wrong.err(op); err != nil {
		return nil, err
	}
	if update.Enabled == nil {
		now, err := s.Get(ctx, integrationID)
		if err == nil {
			update.Enabled, err = told(op, integrationID, now.ID, now.Enabled)
		}
		if err != nil {
			return nil, err
		}
	}
	integration, err := s.update(ctx, integrationID, update)
	if err != nil || integration.ID == integrationID {
		return integration, err
	}
	integration, err = s.Get(ctx, integrationID)
	return integration, readBack(op, err)
}

// told is what an update sends when the caller does not say whether it is enabled, by what the server answered.
func told(op, asked, answered string, enabled *bool) (*bool, error) {
	if answered != asked || enabled == nil {
		return nil, client.Invalid(op, "the server does not tell whether %q is enabled: set Enabled, for without it the update may switch it off", asked)
	}
	return enabled, nil
}

// readBack is the error of an update that was made, and then could not be read as the answer to it was something else.
func readBack(op string, err error) error {
	if err == nil {
		return nil
	}
	return client.Failed(op, fmt.Errorf("the update was made, but could not be read back: %v", err)) //nolint:errorlint // it is no such failure of the update
}
