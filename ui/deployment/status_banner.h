/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

namespace qd {

class DeploymentPage;
class ValueLabel;

/// How a deployment stands, since when, and why, in the first line that one reads; and how old are its last good backup
/// and its signing key.
class StatusBanner : public Card
{
    Q_OBJECT

public:
    explicit StatusBanner(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

private:
    void showSafety(const DeploymentView &view);
    DeploymentPage &m_page;
    GlyphLabel *m_glyph;
    ValueLabel *m_word;
    Label *m_since;
    Label *m_sentence;
    ValueLabel *m_backup;
    ValueLabel *m_key;
    Label *m_backupName;
    Label *m_keyName;
};

} // namespace qd
