/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/reveal.h"
#include "base/secret.h"
#include "theme/theme.h"

#include <QTimer>
#include <QWidget>

class QPushButton;

namespace qd {

class Label;

/// Paints a secret; no widget has it as a text, which others could read.
class SecretText : public QWidget
{
    Q_OBJECT

public:
    explicit SecretText(const Theme &theme, QWidget *parent = nullptr);
    /// Nothing: it is hidden.
    void setSecret(std::optional<Secret> secret);
    [[nodiscard]] bool isShown() const { return m_secret.has_value(); }
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    std::optional<Secret> m_secret;
};

/// A secret that an action made and somebody has to be handed: shown to nobody until a person asks, and then for ten
/// seconds. Whoever gets it is written down before.
class Handover : public QWidget
{
    Q_OBJECT

public:
    static constexpr int seconds = 10;

    explicit Handover(const Theme &theme, QWidget *parent = nullptr);

    /// Whether a secret of `plan` lies on the shelf, or lay there and nobody was handed it; empty: it has made none.
    void setPlan(const QByteArray &plan);
    /// There is one that nobody has seen.
    [[nodiscard]] bool isUnseen() const;
    /// Says that it is gone once nobody looks at the plan any more.
    void warn();
    /// That somebody gets it was written down; `error`: it could not be.
    void noted(const QString &name, Reveal reveal, const QString &error);
    /// For tests: how long one of the seconds lasts.
    void setSecond(std::chrono::milliseconds second) { m_second = second; }

Q_SIGNALS:
    /// A person asks for it.
    void asked(const QString &name, qd::Reveal reveal);

private:
    void ask(bool isAsked);
    void hideSecret();
    void sayIfGone();
    void say(const QString &text);

    QByteArray m_plan;
    QString m_name; ///< of the secret; empty: there is none
    std::chrono::milliseconds m_second{1000};
    int m_left = 0; ///< seconds that it is shown still
    QTimer m_timer;
    QTimer m_keeping; ///< while it may go unseen
    Label *m_title;
    SecretText *m_text;
    QPushButton *m_reveal;
    QPushButton *m_copy;
    Label *m_note;
    QPushButton *m_yes;
    QPushButton *m_no;
};

} // namespace qd
