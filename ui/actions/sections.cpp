/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/sections.h"

#include "theme/glyph.h"
#include "theme/text_label.h"

#include <QGridLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// More than anything that is shown here takes: nothing is cut.
constexpr int mostLines = 30;
constexpr int glyphSize = 14;
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
    m_hasGlyphs = std::ranges::any_of(lines, [](const Line &line) { return line.glyph || line.isWorking; });
    int row = 0;
    bool isLeft = true;
    constexpr int wide = 4; ///< columns of a pair
    for (int i = 0; i < lines.size(); ++i) {
        const bool isPaired = m_paired && lines[i].glyph == Status::Ok;
        if (!isPaired && !isLeft)
            ++row; // leaves the right half empty
        addLine(*grid, lines[i], i, row, isPaired && !isLeft ? wide / 2 : 0, m_paired && !isPaired ? wide - 1 : 1);
        const bool endsRow = !isPaired || !isLeft;
        row += endsRow ? 1 : 0;
        isLeft = endsRow;
    }
    if (m_paired) {
        grid->setColumnStretch(1, 1);
        grid->setColumnStretch(wide - 1, 1);
    }
    static_cast<QVBoxLayout *>(layout())->addWidget(m_body);
}

/// Line `number`, from that place in the grid on; its text takes `span` columns.
void Section::addLine(QGridLayout &grid, const Line &line, int number, int row, int column, int span)
{
    if (line.glyph || line.isWorking) {
        auto *glyph = new GlyphLabel(m_theme, glyphSize);
        if (line.isWorking)
            glyph->setWorking();
        else
            glyph->setStatus(*line.glyph);
        grid.addWidget(glyph, row, column, Qt::AlignTop);
    }
    const bool hasGlyph = line.glyph || line.isWorking;
    int after = hasGlyph || (m_hasGlyphs && !m_paired) ? 1 : 0; ///< columns before the text
    if (!line.mark.isEmpty()) {
        if (after == 0) {
            auto *blank = new QWidget;
            blank->setFixedWidth(m_theme.px(glyphSize));
            grid.addWidget(blank, row, column);
        }
        auto *mark = new Label(m_theme);
        mark->setTone(Tone::Muted);
        mark->setText(line.mark);
        grid.addWidget(mark, row, column + 1, Qt::AlignTop);
        after = 2;
    }
    int place = hasGlyph || !line.mark.isEmpty() ? 1 : 0;
    for (const QString &text : line.cells) {
        auto *label = new Label(m_theme);
        label->setObjectName(u"%1-%2-%3"_s.arg(objectName()).arg(number).arg(place));
        label->setWordWrap(mostLines);
        label->setTone(line.tone);
        label->setText(text);
        label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
        if (&text == &line.cells.first() && !line.tip.isEmpty())
            label->setToolTip(line.tip);
        grid.addWidget(label, row, column + after, 1, span, Qt::AlignTop);
        const int length = static_cast<int>(std::min<qsizetype>(text.size(), 40));
        if (!m_paired)
            grid.setColumnStretch(after, std::max(grid.columnStretch(after), length));
        ++place;
        ++after;
    }
}

QStringList Section::text() const
{
    if (m_lines.isEmpty())
        return {};
    QStringList text{m_title->text()};
    for (const Line &line : m_lines)
        text.append(u"  "_s + (line.mark.isEmpty() ? QString() : line.mark + u' ') + line.cells.join(u"  "_s) +
                    (line.tip.isEmpty() ? QString() : u"  (%1)"_s.arg(line.tip)));
    return text;
}

} // namespace qd
