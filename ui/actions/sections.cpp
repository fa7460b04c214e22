/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/sections.h"

#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QGridLayout>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// More than anything that is shown here takes: nothing is cut.
constexpr int mostLines = 30;
} // namespace

Section::Section(const Theme &theme, const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_title(new Label(theme, TextSize::Body, true))
{
    setObjectName(name);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_title);
    hide();
}

void Section::setTitle(const QString &title)
{
    m_title->setText(title);
    setAccessibleName(title);
}

void Section::setLines(const QList<Line> &lines)
{
    setVisible(!lines.isEmpty());
    if (lines == m_lines)
        return;
    m_lines = lines;
    delete m_body;
    m_body = new QWidget;
    auto *grid = new QGridLayout(m_body);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(m_theme.px(12));
    grid->setVerticalSpacing(m_theme.px(4));
    for (int row = 0; row < lines.size(); ++row) {
        const Line &line = lines[row];
        int column = 0;
        if (line.glyph) {
            auto *glyph = new GlyphLabel(m_theme, 14);
            glyph->setStatus(*line.glyph);
            grid->addWidget(glyph, row, column, Qt::AlignTop);
        } else if (!line.mark.isEmpty()) {
            auto *mark = new Label(m_theme);
            mark->setTone(Tone::Muted);
            mark->setText(line.mark);
            grid->addWidget(mark, row, column, Qt::AlignTop);
        }
        if (line.glyph || !line.mark.isEmpty())
            ++column;
        for (const QString &text : line.cells) {
            auto *label = new Label(m_theme);
            label->setObjectName(u"%1-%2-%3"_s.arg(objectName()).arg(row).arg(column));
            label->setWordWrap(mostLines);
            label->setTone(line.tone);
            label->setText(text);
            grid->addWidget(label, row, column);
            grid->setColumnStretch(column, &text == &line.cells.last() ? 3 : 1);
            ++column;
        }
        grid->setRowStretch(row, 0);
    }
    static_cast<QVBoxLayout *>(layout())->addWidget(m_body);
}

QStringList Section::text() const
{
    if (m_lines.isEmpty())
        return {};
    QStringList text{m_title->text()};
    for (const Line &line : m_lines)
        text.append(u"  "_s + (line.mark.isEmpty() ? QString() : line.mark + u' ') + line.cells.join(u"  "_s));
    return text;
}

} // namespace qd
