/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

#include <optional>

namespace qd {

/// Used of a limit, as a bar. Nothing measured is an empty dashed track, which zero is not.
class MeterBar : public QWidget
{
    Q_OBJECT

public:
    explicit MeterBar(const Theme &theme, QWidget *parent = nullptr);

    /// `fill` over 1 is drawn full. The colour is the status'.
    void setValue(std::optional<Share> fill, Status status);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    std::optional<Share> m_fill;
    Status m_status = Status::Ok;
};

/// The same, for item delegates.
void paintMeter(QPainter &painter, const QRectF &rect, std::optional<Share> fill, Status status, const Theme &theme);

} // namespace qd
