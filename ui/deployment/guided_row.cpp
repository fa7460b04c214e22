/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/guided_row.h"

#include "actions/platform/platform_action.h"
#include "deployment/deed_row.h"
#include "deployment/deployment_page.h"
#include "words/key_words.h"
#include "words/words.h"

#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace qd {

GuidedRow::GuidedRow(const DeploymentPage &page, const Acting *acting, QWidget *parent)
    : QWidget(parent)
{
    const Profile &profile = page.logbook().profile();
    QList<std::pair<QString, QString>> actions; // id, variable
    QStringList names;
    QStringList deeds;
    QStringList whys;
    for (const ActionSpec &spec : profile.actions) {
        if (spec.kind != "guided-rotation"_L1)
            continue;
        const auto variable = guidedVariable(spec, profile);
        actions.append({spec.id, variable.value_or(QString())});
        names.append(u"guided-"_s + spec.id);
        deeds.append(words::keyDeed(spec.kind, variable.value_or(spec.id)));
        whys.append(variable
                        ? QString()
                        : tr("Nothing can be done to it from here: %1.").arg(words::text(variable.error().message)));
    }
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    auto *row = new DeedRow(page, u"guided"_s, names, this);
    row->show(deeds, whys);
    column->addWidget(row);
    setVisible(!actions.isEmpty() && !onlyWatches(acting));
    connect(row, &DeedRow::pressed, this, [this, actions](int button) {
        const auto &[action, variable] = actions.at(button);
        Q_EMIT requested(action, {.resource = variable, .set = {}, .author = {}, .reason = {}});
    });
}

} // namespace qd
