/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/why_dialog.h"

#include "shell/json_text.h"
#include "theme/card.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSet>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
void collectSources(const Because &because, QSet<QString> &sources)
{
    if (!because.source.isEmpty())
        sources.insert(because.source);
    for (const Because &input : because.inputs)
        collectSources(input, sources);
}

QFont fixedFont(const Theme &theme)
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(theme.px(12));
    return font;
}
} // namespace

WhyDialog::WhyDialog(const DeploymentState &state, const Because &because, const QString &label, Instant now,
                     const Theme &theme, QWidget *parent)
    : QDialog(parent)
    , m_theme(theme)
{
    setObjectName(u"why-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Why? %1").arg(label));
    resize(theme.px(760), theme.px(640));

    auto *content = new QWidget;
    m_column = new QVBoxLayout(content);
    m_column->setContentsMargins(16, 16, 16, 16);
    m_column->setSpacing(12);
    const Explanation explanation = explain(state, because);
    addHead(label, state);
    addTroubles(state, because);
    addDerivation(explanation);
    for (const Block &block : blocksOf(explanation))
        addBlock(block, now);
    m_column->addStretch(1);

    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->setContentsMargins(16, 8, 16, 12);
    buttons->button(QDialogButtonBox::Close)->setIcon({});
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(scroll, 1);
    outer->addWidget(buttons);
}

void WhyDialog::addHead(const QString &label, const DeploymentState &state)
{
    auto *name = new Label(m_theme, TextSize::Mid, true);
    name->setObjectName(u"why-label"_s);
    name->setText(label);
    m_column->addWidget(name);
    auto *where = new Label(m_theme);
    where->setTone(Tone::Muted);
    where->setText(tr("of %1, as it stood when you asked").arg(state.deployment));
    m_column->addWidget(where);
}

void WhyDialog::addDerivation(const Explanation &explanation)
{
    auto *card = new Card(m_theme);
    card->setTitle(tr("How it came about"));
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 4, 0, 0);
    const auto line = [&](const QString &text, const QString &name, Tone tone) {
        auto *label = new Label(m_theme);
        label->setObjectName(name);
        label->setWordWrap(8);
        label->setTone(tone);
        label->setText(text);
        column->addWidget(label);
    };
    if (!explanation.formula.isEmpty())
        line(explanation.formula, u"why-formula"_s, Tone::Text);
    else if (!explanation.steps.isEmpty())
        line(tr("The deployment said this value itself; it is shown as it was read."), u"why-formula"_s, Tone::Text);
    else
        line(tr("Not measured: no reply holds this value."), u"why-formula"_s, Tone::Stale);
    if (!explanation.rule.isEmpty())
        line(tr("Rule: %1").arg(explanation.rule), u"why-rule"_s, Tone::Muted);
    card->setBody(body);
    m_column->addWidget(card);
}

void WhyDialog::addTroubles(const DeploymentState &state, const Because &because)
{
    QSet<QString> sources;
    collectSources(because, sources);
    for (const auto &[id, source] : state.sources) {
        if (!source.error || !sources.contains(id))
            continue;
        const words::ErrorWords said = words::explain(*source.error);
        auto *card = new Card(m_theme);
        card->setAccent(Status::Degraded);
        card->setGlyph(Status::Degraded);
        card->setTitle(tr("%1 does not answer as it should; this is its last good answer").arg(id));
        auto *text = new Label(m_theme);
        text->setWordWrap(6);
        text->setText(QStringList{said.what, said.where, said.advice}.join(u'\n'));
        auto *body = new QVBoxLayout;
        body->addWidget(text);
        card->setBody(body);
        m_column->addWidget(card);
    }
}

QList<WhyDialog::Block> WhyDialog::blocksOf(const Explanation &explanation)
{
    QList<Block> blocks;
    for (const Explanation::Step &step : explanation.steps) {
        const auto same = std::ranges::find_if(blocks, [&](const Block &block) {
            return block.step.source == step.source && block.step.command == step.command &&
                   block.step.takenAt == step.takenAt;
        });
        if (same == blocks.end())
            blocks.append({step, {step.pointer}});
        else if (!same->pointers.contains(step.pointer))
            same->pointers.append(step.pointer);
    }
    return blocks;
}

void WhyDialog::addBlock(const Block &block, Instant now)
{
    auto *card = new Card(m_theme);
    card->setTitle(tr("What %1 replied").arg(block.step.source));
    card->setNote(tr("read at %1, %2, in %3")
                      .arg(words::clockTime(block.step.takenAt), words::ago(block.step.takenAt, now),
                           words::duration(block.step.latency)));
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 4, 0, 0);
    column->setSpacing(8);
    if (!block.step.command.isEmpty())
        column->addWidget(commandRow(block.step.command));
    auto *edit = new QPlainTextEdit;
    edit->setObjectName(u"why-reply"_s);
    edit->setAccessibleName(tr("Reply of %1").arg(block.step.source));
    edit->setReadOnly(true);
    edit->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    edit->setLineWrapMode(QPlainTextEdit::NoWrap);
    edit->setTabChangesFocus(true);
    edit->setFont(fixedFont(m_theme));
    markParts(edit, block);
    fitHeight(edit);
    column->addWidget(edit);
    QStringList places = block.pointers;
    places.removeAll(QString());
    if (!places.isEmpty()) {
        auto *place = new Label(m_theme, TextSize::Caption);
        place->setObjectName(u"why-place"_s);
        place->setTone(Tone::Muted);
        place->setWordWrap(3);
        place->setText(tr("Read from %1").arg(places.join(u", "_s)));
        column->addWidget(place);
    }
    if (block.step.truncated) {
        auto *cut = new Label(m_theme, TextSize::Caption);
        cut->setTone(Tone::Muted);
        cut->setText(tr("The reply was longer; its first %1 are kept.").arg(words::bytes({block.step.reply.size()})));
        column->addWidget(cut);
    }
    card->setBody(body);
    m_column->addWidget(card);
}

/// As high as its text, up to a height that leaves room for the next reply.
void WhyDialog::fitHeight(QPlainTextEdit *edit) const
{
    const int lines = std::clamp(edit->blockCount(), 2, 16);
    const int bar = edit->horizontalScrollBar()->sizeHint().height();
    edit->setFixedHeight(lines * QFontMetrics(edit->font()).lineSpacing() + m_theme.px(24) + bar);
}

QWidget *WhyDialog::commandRow(const QString &command)
{
    auto *row = new QWidget;
    auto *line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    auto *edit = new QLineEdit(command);
    edit->setObjectName(u"why-command"_s);
    edit->setAccessibleName(tr("The command that shows the same"));
    edit->setReadOnly(true);
    edit->setFont(fixedFont(m_theme));
    edit->setCursorPosition(0);
    edit->setToolTip(u"<p>%1</p>"_s.arg(command.toHtmlEscaped()));
    auto *copy = new QPushButton(tr("Copy"));
    copy->setAccessibleName(tr("Copy the command"));
    copy->setAutoDefault(false);
    connect(copy, &QPushButton::clicked, this, [command] { QGuiApplication::clipboard()->setText(command); });
    line->addWidget(edit, 1);
    line->addWidget(copy);
    return row;
}

void WhyDialog::markParts(QPlainTextEdit *edit, const Block &block)
{
    QList<QTextEdit::ExtraSelection> parts;
    for (const QString &pointer : block.pointers) {
        const bool isJson = block.step.format == Exchange::Format::Json;
        const MarkedText marked = isJson ? markJson(block.step.reply, pointer) : markLine(block.step.reply, pointer);
        if (parts.isEmpty())
            edit->setPlainText(marked.text);
        if (!marked.found())
            continue;
        QTextEdit::ExtraSelection part;
        part.cursor = QTextCursor(edit->document());
        part.cursor.setPosition(static_cast<int>(marked.start));
        part.cursor.setPosition(static_cast<int>(marked.start + marked.length), QTextCursor::KeepAnchor);
        part.format.setBackground(blended(m_theme.colours().warnBack, m_theme.colours().raised));
        part.format.setForeground(m_theme.colours().text);
        part.format.setFontWeight(QFont::Bold);
        part.format.setFontUnderline(true);
        parts.append(part);
    }
    if (parts.isEmpty())
        return;
    edit->setExtraSelections(parts);
    QTextCursor start = parts.first().cursor;
    start.setPosition(start.selectionStart());
    edit->setTextCursor(start);
    // Only a laid-out text can scroll its part to the middle.
    QTimer::singleShot(0, edit, [edit] { edit->centerCursor(); });
}

} // namespace qd
