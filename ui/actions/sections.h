/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

#include <optional>

class QGridLayout;

namespace qd {

class Label;

/// A heading over lines of text, each with a glyph where it has one. Lines that did not change keep their widgets.
class Section : public QWidget
{
    Q_OBJECT

public:
    struct Line
    {
        std::optional<Status> glyph = std::nullopt;
        QStringList cells; ///< beside each other; the longest takes most
        Tone tone = Tone::Text;
        QString mark = {};      ///< a number beside the glyph, which has its place even where there is none
        bool isWorking = false; ///< under way: its glyph is of that, not of a status
        QString tip = {};       ///< what the first cell stands for; it is copied, too
        bool operator==(const Line &) const = default;
    };

    Section(const Theme &theme, const QString &name, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// Hidden where there is none.
    void setLines(const QList<Line> &lines);
    /// What is well stands beside each other, two in a row; the rest below, each on its own.
    void setPaired(bool paired) { m_paired = paired; }
    /// As a person would copy them.
    [[nodiscard]] QStringList text() const;

private:
    void addLine(QGridLayout &grid, const Line &line, int number, int row, int column, int span);
    const Theme &m_theme;
    Label *m_title;
    QWidget *m_body = nullptr;
    QList<Line> m_lines;
    bool m_hasGlyphs = false; ///< in some line: text begins in the same column in all
    bool m_paired = false;
};

} // namespace qd
