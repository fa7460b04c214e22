/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

namespace qd {

class DeploymentPage;
class ValueLabel;

/// What the deployment does without its Redis, in words; hidden while it has it.
class FallbackNote : public Card
{
    Q_OBJECT

public:
    explicit FallbackNote(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

private:
    DeploymentPage &m_page;
    GlyphLabel *m_glyph;
    ValueLabel *m_cache;
    ValueLabel *m_limiter;
};

/// What it means for those who call that limits are counted there.
[[nodiscard]] QString meaningOf(LimiterMode mode);

} // namespace qd
