/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QPainter;

namespace qd {

/// The status language: filled circle with a check, triangle with !, octagon with a cross, dashed ring with ?, bar.
/// Told apart by shape, not by colour alone. NotAvailable is a thin open bar. Painted into the largest square in
/// `rect`.
void paintGlyph(QPainter &painter, const QRectF &rect, Status status, const Colours &colours);

/// What is under way and has no status yet: an arc of a ring, as of a spinner. As paintGlyph().
void paintWorking(QPainter &painter, const QRectF &rect, const Colours &colours);

/// A status glyph of `size` pixels at 100 % text; its word is the accessible name.
class GlyphLabel : public QWidget
{
    Q_OBJECT

public:
    explicit GlyphLabel(const Theme &theme, int size = 14, QWidget *parent = nullptr);

    void setStatus(Status status);
    /// In place of a status, until the next one.
    void setWorking();
    [[nodiscard]] Status status() const { return m_status; }
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    const Theme &m_theme;
    int m_size;
    Status m_status = Status::Unknown;
    bool m_working = false;
};

} // namespace qd
