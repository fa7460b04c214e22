/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/custody.h"

#include <QWidget>

namespace qd {

class DeploymentPage;

/// Signing keys as bars over time, in the order of a key's life: pale while it is only published, filled while it
/// signs or verifies, grey when it is retired. A dot marks when its last token expires. An end that nobody told has no
/// edge. One stop of the Tab key; up and down move from key to key, W asks *Why?*.
class KeyRing : public QWidget
{
    Q_OBJECT

public:
    explicit KeyRing(DeploymentPage &page, QWidget *parent = nullptr);

    void setKeys(const QList<Told<SigningKey>> &keys, Instant now);
    /// "k-0412 retiring · verifies until 17:02 · 812 tokens alive, the last until 16:40".
    [[nodiscard]] QString sentence(const SigningKey &key) const;
    /// From the first that is known of any key to the last.
    [[nodiscard]] TimeRange range() const { return m_range; }

    /// The retired ones that are not among the first so many are left to the table.
    static constexpr qsizetype mostKeys = 8;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] int axisHeight() const;
    [[nodiscard]] QRectF plot() const;
    [[nodiscard]] double xOf(Instant at) const;
    [[nodiscard]] int indexAt(QPoint at) const;
    [[nodiscard]] QColor colourOf(KeyState state) const;
    void paintAxis(QPainter &painter) const;
    void paintKey(QPainter &painter, const QRectF &row, const Told<SigningKey> &told) const;
    void setCurrent(int index);
    void tell();
    void ask();
    void copy() const;
    DeploymentPage &m_page;
    QList<Told<SigningKey>> m_keys;
    TimeRange m_range{};
    Instant m_now{};
    int m_current = 0;
    bool m_byKeyboard = false;
};

/// What a ring of `keys` covers: all that is told of them, now, and a margin; a month before now where nothing is.
[[nodiscard]] TimeRange spanOf(const QList<Told<SigningKey>> &keys, Instant now);

} // namespace qd
