package adf

import (
	"maps"
	"strings"
)

// rule is what the format wants of a node.
type rule struct {
	attrs    attributes
	content  map[NodeType]string // the children and, for each, the sets of marks that it may have
	min, max int                 // of children; 0 is no limit
}

// What a place may hold, as "type" or "type:marks|other marks". Marks are joined by commas here.
const (
	extensions = " extension:dataConsumer,fragment"
	lists      = " bulletList orderedList"
	media      = " mediaSingle:link mediaGroup"
	aligned    = " paragraph:fontSize,alignment|fontSize,indentation heading:alignment|indentation"
	textMarks  = "link,em,strong,strike,subsup,underline,textColor,annotation,backgroundColor|code,link,annotation"
	captions   = "text:" + textMarks + " hardBreak mention emoji date placeholder inlineCard status"
	inlines    = captions + " inlineExtension:dataConsumer,fragment mediaInline:dataConsumer,link,annotation,border"
	small      = "paragraph:fontSize heading codeBlock rule taskList decisionList" + lists + media + extensions
	nested     = small + " panel blockquote"
	expanded   = nested + " table blockCard embedCard"
	cells      = "paragraph:fontSize,alignment heading:alignment|indentation codeBlock rule taskList decisionList" + lists +
		media + extensions + " panel blockquote blockCard embedCard nestedExpand"
	blocks = "codeBlock rule taskList decisionList panel blockquote table:fragment blockCard embedCard expand" + aligned +
		lists + media + extensions + " bodiedExtension:dataConsumer,fragment"
	root = "codeBlock:breakout rule taskList decisionList panel blockquote table:fragment blockCard embedCard" +
		" expand:breakout" + aligned + lists + media + extensions +
		" bodiedExtension:dataConsumer,fragment layoutSection:breakout syncBlock:breakout bodiedSyncBlock:breakout"
	synced = "codeBlock rule taskList decisionList panel blockquote table:fragment blockCard embedCard expand" +
		" layoutSection:breakout" + aligned + lists + media
)

var (
	localID   = attributes{"localId": isText}
	layouts   = oneOf("wide full-width center wrap-right wrap-left align-end align-start")
	valigns   = oneOf("top middle bottom")
	cellAttrs = attributes{
		"colspan": isNumber(0, -1), "rowspan": isNumber(0, -1), "colwidth": isNumbers, "background": isText,
		"localId": isText, "valign": valigns,
	}
	taskAttrs   = attributes{"localId!": isText, "state!": oneOf("TODO DONE")}
	inlineApp   = attributes{"extensionKey!": isFilled, "extensionType!": isFilled, "parameters": isAny, "text": isText, "localId": isFilled}
	app         = with(inlineApp, "layout", oneOf("wide full-width default"))
	expandAttrs = attributes{"title": isText, "localId": isText}
)

func with(a attributes, name string, check func(any) string) attributes {
	out := maps.Clone(a)
	out[name] = check
	return out
}

var rules = map[NodeType]rule{
	TypeDoc:         {nil, holds(root), 0, 0},
	TypeParagraph:   {localID, holds(inlines), 0, 0},
	TypeHeading:     {attributes{"level!": isNumber(1, 6), "localId": isText}, holds(inlines), 0, 0},
	TypeCodeBlock:   {attributes{"language": isText, "uniqueId": isText, "localId": isText, "wrap": isBool, "hideLineNumbers": isBool}, holds("text"), 0, 0},
	TypeBlockquote:  {localID, holds("paragraph codeBlock" + lists + media + extensions), 1, 0},
	TypeBulletList:  {localID, holds("listItem"), 1, 0},
	TypeOrderedList: {attributes{"order": isNumber(0, -1), "localId": isText}, holds("listItem"), 1, 0},
	TypeListItem:    {localID, holds("paragraph:fontSize codeBlock taskList" + lists + " mediaSingle:link" + extensions), 1, 0},
	TypeRule:        {localID, nil, 0, 0},
	TypePanel: {attributes{
		"panelType!": oneOf("info note tip warning error success custom"), "panelIcon": isText, "panelIconId": isText,
		"panelIconText": isText, "panelColor": isText, "localId": isText,
	}, holds(small + " blockCard"), 1, 0},

	TypeTaskList:      {attributes{"localId!": isText}, holds("taskItem taskList blockTaskItem"), 1, 0},
	TypeTaskItem:      {taskAttrs, holds(inlines), 0, 0},
	TypeBlockTaskItem: {taskAttrs, holds("paragraph:fontSize" + extensions), 1, 0},
	TypeDecisionList:  {attributes{"localId!": isText}, holds("decisionItem"), 1, 0},
	TypeDecisionItem:  {attributes{"localId!": isText, "state!": isText}, holds(inlines), 0, 0},

	TypeTable: {attributes{
		"displayMode": oneOf("default fixed"), "isNumberColumnEnabled": isBool, "width": isNumber(0, -1),
		"layout": oneOf("wide full-width center align-end align-start default"), "localId": isFilled,
	}, holds("tableRow"), 1, 0},
	TypeTableRow:    {localID, holds("tableCell tableHeader"), 0, 0},
	TypeTableCell:   {cellAttrs, holds(cells), 1, 0},
	TypeTableHeader: {cellAttrs, holds(cells), 1, 0},

	TypeExpand:        {expandAttrs, holds(expanded + " nestedExpand"), 1, 0},
	TypeNestedExpand:  {expandAttrs, holds(nested), 1, 0},
	TypeLayoutSection: {localID, holds("layoutColumn"), 2, 3},
	TypeLayoutColumn:  {attributes{"width!": isNumber(0, 100), "localId": isText, "valign": valigns}, holds(blocks), 1, 0},

	TypeMedia:       {mediaAttrs, nil, 0, 0},
	TypeMediaGroup:  {nil, holds("media:dataConsumer,link,annotation,border"), 1, 0},
	TypeMediaSingle: {attributes{"localId": isText, "width": isNumber(0, -1), "widthType": oneOf("percentage pixel"), "layout!": layouts}, holds("media:dataConsumer,link,annotation,border caption"), 1, 2},
	TypeMediaInline: {attributes{
		"type": oneOf("link file image"), "localId": isText, "id!": isFilled, "alt": isText, "collection!": isText,
		"occurrenceKey": isFilled, "width": isNumber(0, -1), "height": isNumber(0, -1), "data": isAny,
	}, nil, 0, 0},
	TypeCaption: {localID, holds(captions), 0, 0},

	TypeBlockCard: {attributes{
		"url": isText, "localId": isText, "data": isAny, "datasource": isObject, "width": isNumber(0, -1), "layout": layouts,
	}, nil, 0, 0},
	TypeEmbedCard: {attributes{
		"url!": isText, "layout!": layouts, "width": isNumber(0, 100), "originalHeight": isNumber(0, -1),
		"originalWidth": isNumber(0, -1), "localId": isText,
	}, nil, 0, 0},
	TypeInlineCard: {attributes{"url": isText, "data": isAny, "localId": isText}, nil, 0, 0},

	TypeExtension:       {app, nil, 0, 0},
	TypeInlineExtension: {inlineApp, nil, 0, 0},
	TypeBodiedExtension: {app, holds(expanded), 1, 0},
	TypeSyncBlock:       {attributes{"resourceId!": isText, "localId!": isText}, nil, 0, 0},
	TypeBodiedSyncBlock: {attributes{"resourceId!": isText, "localId!": isText}, holds(synced), 1, 0},

	TypeText:        {nil, nil, 0, 0},
	TypeHardBreak:   {attributes{"text": isBreak, "localId": isText}, nil, 0, 0},
	TypeMention:     {attributes{"id!": isText, "localId": isText, "text": isText, "accessLevel": isText, "userType": oneOf("DEFAULT SPECIAL APP")}, nil, 0, 0},
	TypeEmoji:       {attributes{"shortName!": isText, "id": isText, "text": isText, "localId": isText}, nil, 0, 0},
	TypeDate:        {attributes{"timestamp!": isFilled, "localId": isText}, nil, 0, 0},
	TypeStatus:      {attributes{"text!": isFilled, "color!": isColor("neutral purple blue red yellow green", 6), "localId": isText, "style": isText}, nil, 0, 0},
	TypePlaceholder: {attributes{"text!": isText, "localId": isText}, nil, 0, 0},
}

var mediaAttrs = attributes{
	"type!": oneOf("link file external"), "localId": isText, "id": isFilled, "alt": isText, "collection": isText,
	"height": isNumber(0, -1), "occurrenceKey": isFilled, "width": isNumber(0, -1), "url": isText,
}

var markRules = map[MarkType]attributes{
	MarkStrong: nil, MarkEm: nil, MarkStrike: nil, MarkUnderline: nil, MarkCode: nil,
	MarkLink:            {"href!": isText, "title": isText, "id": isText, "collection": isText, "occurrenceKey": isText},
	MarkSubsup:          {"type!": oneOf("sub sup")},
	MarkTextColor:       {"color!": isColor("", 6)},
	MarkBackgroundColor: {"color!": isColor("", 6)},
	MarkAnnotation:      {"id!": isText, "annotationType!": oneOf("inlineComment")},
	MarkAlignment:       {"align!": oneOf("center end")},
	MarkIndentation:     {"level!": isNumber(1, 6)},
	MarkFontSize:        {"fontSize!": oneOf("small")},
	MarkBorder:          {"size!": isNumber(1, 3), "color!": isColor("", 6, 8)},
	MarkBreakout:        {"mode!": oneOf("wide full-width"), "width": isNumber(0, -1)},
	MarkDataConsumer:    {"sources!": isFilledList},
	MarkFragment:        {"localId!": isFilled, "name": isText},
}

// holds reads a list of children.
func holds(list string) map[NodeType]string {
	out := map[NodeType]string{}
	for child := range strings.FieldsSeq(list) {
		name, marks, _ := strings.Cut(child, ":")
		out[NodeType(name)] = strings.ReplaceAll(marks, ",", " ")
	}
	return out
}
