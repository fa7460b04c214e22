/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QAbstractButton>

#include <optional>

namespace qd {

/// A line of the rail: glyph, text, and a note at its end.
class RailItem : public QAbstractButton
{
    Q_OBJECT

public:
    RailItem(const Theme &theme, const QString &text, int indent = 0, QWidget *parent = nullptr);

    void setStatus(std::optional<Status> status);
    [[nodiscard]] std::optional<Status> status() const { return m_status; }
    void setNote(const QString &note);
    [[nodiscard]] QString note() const { return m_note; }
    /// Where one is. `Open` is the deployment whose page is current.
    enum class Mark { None, Open, Current };
    void setMark(Mark mark);
    void setQuiet(bool quiet);
    /// For a narrow rail: the glyph above the text, the note below it, all centred.
    void setCompact(bool compact);
    /// Less room above and below: for a rail that has many.
    void setTight(bool tight);
    /// What stands there in a narrow rail instead of the text.
    void setShortText(const QString &text);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void describe();
    [[nodiscard]] int padding() const;
    void paintWide(QPainter &painter) const;
    void paintCompact(QPainter &painter) const;
    const Theme &m_theme;
    int m_indent;
    std::optional<Status> m_status;
    QString m_note;
    Mark m_mark = Mark::None;
    bool m_quiet = false;
    bool m_compact = false;
    bool m_tight = false;
    QString m_shortText;
};

} // namespace qd
