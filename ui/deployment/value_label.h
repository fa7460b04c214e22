/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/roles.h"
#include "theme/evidence.h"
#include "theme/theme.h"
#include "words/words.h"

#include <QWidget>

class QHBoxLayout;

namespace qd {

class DeploymentPage;
class GlyphLabel;
class Label;

/// A value put into words, with the evidence for it. No text: not measured.
struct Spoken
{
    std::optional<QString> text;
    Status status = Status::Ok;
    Because because;
    std::optional<Error> error = std::nullopt; ///< Shown::error
};

template <class T>
[[nodiscard]] Spoken spoken(const Shown<T> &shown)
{
    return {.text = shown.has() ? std::optional(words::text(*shown)) : std::nullopt,
            .status = shown.status,
            .because = shown.has() ? withResult(shown.because, words::text(*shown)) : shown.because,
            .error = shown.error};
}

/// A value straight from a fact that `source` said.
template <class T>
[[nodiscard]] Spoken spoken(const Value<T> &value, const QString &source)
{
    return {.text = value.has() ? std::optional(words::text(*value)) : std::nullopt,
            .status = Status::Ok,
            .because = {.source = source, .origin = value.origin, .formula = {}, .rule = {}, .inputs = {}}};
}

/// One value of a deployment on the screen. It tells the four states apart: not measured is "–", zero is "0", stale is
/// dimmed and says as of when, refused has its mark and word. It answers *Why?* (W, or its context menu) through its
/// page, can be copied, and takes the focus.
class ValueLabel : public QWidget
{
    Q_OBJECT

public:
    ValueLabel(DeploymentPage &page, TextSize size = TextSize::Body, bool strong = false, QWidget *parent = nullptr);

    /// What the value is ("openai, failures"): for *Why?* and for those who do not see where it stands.
    void setSubject(const QString &subject);
    /// The colour of the value follows its status.
    void setColoured(bool coloured) { m_coloured = coloured; }
    /// The tone of a value that is known and not coloured; Text unless set.
    void setTone(Tone tone);
    /// Whether "as of 14:02" stands beside a stale value; where there is no room it is in the tooltip alone.
    void setSinceShown(bool shown) { m_sinceShown = shown; }
    /// Whether it is a number (tabular digits) or words; a number unless set.
    void setNumeric(bool numeric);
    /// Left unless set; once.
    void setAlignment(Qt::Alignment alignment);
    void setWordWrap(int most);
    /// "not measured" in words, where it has room; or what else `text` says of a value that nobody tells.
    void setSpelt(const QString &text = tr("not measured")) { m_spelt = text; }
    /// Takes the room that is left, however little, and elides; the tooltip has all of it.
    void setMayElide();
    [[nodiscard]] bool mayElide() const { return sizePolicy().horizontalPolicy() == QSizePolicy::Ignored; }

    /// `row`: how far the row that the value stands in can be believed.
    void say(const Spoken &spoken, const Freshness &row);
    template <class T>
    void say(const Shown<T> &shown, const Freshness &row)
    {
        say(spoken(shown), row);
    }

    /// All that is written: value and state.
    [[nodiscard]] QString text() const;
    [[nodiscard]] Known known() const { return m_known; }

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void ask();
    void copy() const;
    [[nodiscard]] QString stateText(const Freshness &freshness) const;
    DeploymentPage &m_page;
    QHBoxLayout *m_row = nullptr;
    GlyphLabel *m_glyph;
    Label *m_value;
    Label *m_since;
    QString m_subject;
    Tone m_tone = Tone::Text;
    bool m_coloured = false;
    bool m_sinceShown = false;
    bool m_byKeyboard = false;
    QString m_spelt; ///< empty: a dash
    Known m_known = Known::NotMeasured;
    Because m_because;
};

/// True where there is evidence to show.
[[nodiscard]] bool hasEvidence(const Because &because);

/// A ring is drawn around what the keyboard went to, not around what a click or a new window chose.
[[nodiscard]] bool isByKeyboard(Qt::FocusReason reason);

/// A tooltip that shows `text` as it stands, whatever markup is in it.
[[nodiscard]] QString plainToolTip(const QString &text);

} // namespace qd
