/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QStringList>
#include <QWidget>

namespace qd {

/// One line of plain text (or several, with setWordWrap) that elides at its end and then tells the whole in its
/// tooltip. Never interprets markup: what a deployment says may be anything. Ctrl+C with the focus on it, or its
/// context menu, copies the text.
class Label : public QWidget
{
    Q_OBJECT

public:
    explicit Label(const Theme &theme, TextSize size = TextSize::Body, bool strong = false, QWidget *parent = nullptr);

    void setText(const QString &text) { setTexts({text}); }
    /// The first of `texts`, the longest, that has room; where none has, the last one elides.
    void setTexts(const QStringList &texts);
    /// The one that is shown.
    [[nodiscard]] QString text() const { return textFor(width()); }
    void setSize(TextSize size);
    void setTone(Tone tone);
    [[nodiscard]] Tone tone() const { return m_tone; }
    void setAlignment(Qt::Alignment alignment);
    /// Tabular digits, for numbers that change in place.
    void setNumeric(bool numeric);
    /// As many lines as needed, up to `most`; the last one elides.
    void setWordWrap(int most);
    void setElideMode(Qt::TextElideMode mode);
    /// Its text does not fit, even in as many lines as it may have.
    [[nodiscard]] bool isElided() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return m_lines > 1; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] QFont currentFont() const;
    [[nodiscard]] QFontMetrics metrics() const;
    [[nodiscard]] int widthOf(const QString &line) const;
    [[nodiscard]] QString elided(const QString &line, int width) const;
    [[nodiscard]] QString textFor(int width) const;
    [[nodiscard]] QStringList linesFor(int width) const;
    [[nodiscard]] QStringList linesOf(const QString &text, int width) const;
    const Theme &m_theme;
    TextSize m_size;
    bool m_strong;
    bool m_numeric = false;
    int m_lines = 1;
    QStringList m_texts{QString()};
    Tone m_tone = Tone::Text;
    Qt::Alignment m_alignment = Qt::AlignLeft | Qt::AlignVCenter;
    Qt::TextElideMode m_elide = Qt::ElideRight;
};

} // namespace qd
