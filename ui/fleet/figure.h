/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

#include <array>
#include <optional>

namespace qd {

class Label;

/// One number of a tile: a caption and the value under it, each with a shorter form for a narrow tile. Answers *Why?*
/// by its context menu and by W.
class Figure : public QWidget
{
    Q_OBJECT

public:
    Figure(const Theme &theme, const QString &caption, const QString &shortCaption, QWidget *parent = nullptr);

    /// `shortText` is the number without its name, where `text` has both; `more` is a tooltip: plain text.
    void setValue(const QString &text, Tone tone, const Because &because, const QString &more = {},
                  const QString &shortText = {});
    [[nodiscard]] QString text() const { return m_text; }
    /// Room for the short or the long forms, in pixels.
    [[nodiscard]] int widthIf(bool isShort) const;
    void setShort(bool isShort);
    [[nodiscard]] QString caption() const { return m_caption; }

Q_SIGNALS:
    void whyRequested(const qd::Because &because, const QString &label);

protected:
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] int measured(bool isShort) const;
    void ask();
    void showTexts();
    const Theme &m_theme;
    QString m_caption;
    QString m_shortCaption;
    QString m_text;
    QString m_shortText;
    bool m_isShort = false;
    mutable std::array<std::optional<int>, 2> m_widths; ///< widthIf(), measured
    Label *m_name;
    Label *m_value;
    Because m_because;
};

} // namespace qd
