package jsmops

import "context"

// Create creates an integration, with the care of [ActionsService.Create]. With most types the server creates actions too:
// list them before you add your own.
//
// GET and POST /v1/integrations
//
// Errors: [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *IntegrationsService) Create(ctx context.Context, input IntegrationInput) (*Integration, error) {
	const op = "Integrations.Create"
	wrong := problems{}
	wrong.checkText("name", input.Name)
	wrong.checkText("type", input.Type)
	if err := wrong.err(op); err != nil {
		return nil, err
	}
	return creation[Integration]{
		op: op,
		look: func(ctx context.Context) ([]string, error) {
			list := s.List(ctx, &ListIntegrationsParams{Name: input.Name, Type: input.Type})
			return ids(list, func(i *Integration) (string, bool) { return i.ID, i.Name == input.Name && i.Type == input.Type })
		},
		send: func(ctx context.Context) (*Integration, error) { return s.create(ctx, input) },
		id:   func(i *Integration) string { return i.ID },
		get:  s.Get,
	}.run(ctx)
}

// Update changes an integration and returns it as it is now.
//
// The vendor's document says that an update without Enabled may switch the integration off. Therefore it is always sent: when
// it is nil, Update reads the integration first and sends what that is.
//
// PATCH /v1/integrations/{id}, after a GET when Enabled is nil
//
// Errors: [client.ErrNotFound], [client.ErrInvalid], [client.ErrForbidden], [client.ErrAmbiguous], [client.ErrScope].
func (s *IntegrationsService) Update(ctx context.Context, integrationID string, update IntegrationUpdate) (*Integration, error) {
	if update.Enabled == nil {
		now, err := s.Get(ctx, integrationID)
		if err != nil {
			return nil, err
		}
		update.Enabled = new(now.Enabled)
	}
	return s.update(ctx, integrationID, update)
}
