/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QFrame>

#include <optional>

class QHBoxLayout;
class QVBoxLayout;

namespace qd {

class GlyphLabel;
class Label;

/// A panel: rounded, hairline border, a title row (glyph, title, widgets and a note at its right end), and a body.
class Card : public QFrame
{
    Q_OBJECT

public:
    enum class Edge { Left, Top };

    explicit Card(const Theme &theme, QWidget *parent = nullptr);

    void setTitle(const QString &title, TextSize size = TextSize::Body);
    /// The first of `titles`, the longest, that has room beside the note.
    void setTitles(const QStringList &titles);
    [[nodiscard]] QString title() const;
    /// A status glyph before the title; none hides it.
    void setGlyph(std::optional<Status> status);
    /// A glyph that says that something is under way, until the next status.
    void setWorking();
    /// The small text at the right end of the title row.
    void setNote(const QString &note, Tone tone = Tone::Muted);
    /// The first of `notes`, the longest, that has room. The last of several is never cut: the title gives way.
    void setNotes(const QStringList &notes, Tone tone = Tone::Muted);
    [[nodiscard]] QString note() const;
    /// Puts a widget at the right end of the title row, before the note.
    void addToTitleRow(QWidget *widget);
    /// A coloured edge for what is wrong (Degraded, Down); none and all other states take it away. A left edge also
    /// colours the border, as a top edge does not.
    void setAccent(std::optional<Status> status, Edge edge = Edge::Left);

    /// The body; replaces the former one. The card owns it.
    void setBody(QWidget *body);
    void setBody(QLayout *body);

protected:
    [[nodiscard]] const Theme &theme() const { return m_theme; }
    [[nodiscard]] QVBoxLayout *column() const { return m_column; }
    [[nodiscard]] QHBoxLayout *titleRow() const { return m_titleRow; }
    void paintEvent(QPaintEvent *event) override;

private:
    void showTitleRow();
    void fitNote();
    const Theme &m_theme;
    QVBoxLayout *m_column;
    QWidget *m_titleBar;
    QHBoxLayout *m_titleRow;
    GlyphLabel *m_glyph;
    Label *m_title = nullptr;
    Label *m_note = nullptr;
    QString m_shortestNote; ///< of several
    QWidget *m_body = nullptr;
    std::optional<Status> m_accent;
    Edge m_edge = Edge::Left;
};

} // namespace qd
