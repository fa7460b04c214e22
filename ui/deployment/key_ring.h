/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/painted_items.h"
#include "watch/custody.h"

namespace qd {

/// Signing keys as bars over time, in the order of a key's life: pale while it is only published, filled while it
/// signs or verifies, grey when it is retired. A dot marks when its last token expires. An end that nobody told has no
/// edge.
class KeyRing : public PaintedItems
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
    [[nodiscard]] int count() const override { return static_cast<int>(m_keys.size()); }
    [[nodiscard]] int indexAt(QPoint at) const override;
    [[nodiscard]] QString sentenceAt(int index) const override { return sentence(m_keys[index].fact); }
    [[nodiscard]] Because becauseAt(int index) const override;
    [[nodiscard]] QString title() const override { return tr("Signing keys over time"); }
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] int axisHeight() const;
    [[nodiscard]] QRectF plot() const;
    [[nodiscard]] double xOf(Instant at) const;
    [[nodiscard]] QColor colourOf(KeyState state) const;
    void paintAxis(QPainter &painter) const;
    void paintKey(QPainter &painter, const QRectF &row, const Told<SigningKey> &told) const;
    QList<Told<SigningKey>> m_keys;
    TimeRange m_range{};
    Instant m_now{};
};

/// What a ring of `keys` covers: all that is told of them, now, and a margin; a month before now where nothing is.
[[nodiscard]] TimeRange spanOf(const QList<Told<SigningKey>> &keys, Instant now);

} // namespace qd
