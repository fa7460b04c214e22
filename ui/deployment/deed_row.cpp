/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/deed_row.h"

#include "actions/acting.h"
#include "actions/registry.h"
#include "deployment/deployment_page.h"
#include "theme/text_label.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QGridLayout>
#include <QPushButton>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype longest = 32;      ///< characters of a deed on a button
constexpr qsizetype longestAlone = 48; ///< on one that has its row to itself

QString shortened(const QString &text, qsizetype most)
{
    const qsizetype end = most / 2 - 1;
    return text.size() <= most ? text : text.first(most - end - 1) + u'…' + text.last(end);
}

void showText(QPushButton &button, const DeploymentPage &page, const QString &deed, const QString &why, bool hasRoom,
              qsizetype most)
{
    const Profile &profile = page.logbook().profile();
    const QString deployment = words::text(profile.name);
    const QString environment = words::text(profile.environment);
    // "Redeploy storefront in production": the deployment is not said twice.
    const bool namesIt = deed.endsWith(u' ' + deployment);
    const QString name = namesIt ? DeedRow::tr("%1 in %2").arg(deed, environment)
                                 : DeedRow::tr("%1 in %2 · %3").arg(deed, deployment, environment);
    const QString text = hasRoom
                             ? DeedRow::tr("%1 in %2").arg(shortened(deed, most), namesIt ? environment : deployment)
                             : shortened(deed, most);
    button.setText(u"%1…"_s.arg(text).replace(u'&', u"&&"_s));
    button.setAccessibleName(name);
    button.setAccessibleDescription(why);
    button.setToolTip(why.isEmpty() ? name.toHtmlEscaped() : why.toHtmlEscaped());
    button.setEnabled(why.isEmpty());
}
} // namespace

DeedRow::DeedRow(const DeploymentPage &page, const QString &name, const QStringList &names, QWidget *parent,
                 int perLine)
    : QWidget(parent)
    , m_page(page)
    , m_hint(new Label(page.theme(), TextSize::Body, false, this))
{
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(perLine, 1);
    const auto lines = static_cast<int>((names.size() + perLine - 1) / perLine);
    for (int i = 0; i < names.size(); ++i) {
        auto *button = new QPushButton(this);
        button->setObjectName(names[i]);
        button->setAutoDefault(true); // Enter presses it
        connect(button, &QPushButton::clicked, this, [this, i] { Q_EMIT pressed(i); });
        grid->addWidget(button, i / perLine, i % perLine, Qt::AlignLeft);
        m_buttons.append(button);
    }
    m_hint->setObjectName(name + u"-hint"_s);
    m_hint->setTone(Tone::Muted);
    m_hint->setWordWrap(4);
    grid->addWidget(m_hint, lines, 0, 1, perLine + 1); // below: beside the buttons it had no room
}

void DeedRow::show(const QStringList &deeds, const QString &why)
{
    show(deeds, QStringList(m_buttons.size(), why));
}

void DeedRow::show(const QStringList &deeds, const QStringList &whys)
{
    for (qsizetype i = 0; i < m_buttons.size(); ++i)
        showText(*m_buttons[i], m_page, deeds.value(i), whys.value(i), true,
                 m_buttons.size() > 1 ? longest : longestAlone);
    QStringList said = whys;
    if (said.contains(QString()))
        said.prepend(tr("Nothing is done before you have seen the plan and confirmed it."));
    said.removeAll(QString());
    said.removeDuplicates();
    m_hint->setText(said.join(u' '));
}

void DeedRow::setOffered(bool offered)
{
    for (QPushButton *button : std::as_const(m_buttons))
        button->setVisible(offered);
}

void showDeed(QPushButton &button, const DeploymentPage &page, const QString &deed, const QString &why, bool hasRoom)
{
    showText(button, page, deed, why, hasRoom, longest);
}

bool onlyWatches(const Acting *acting)
{
    return acting == nullptr || acting->isReadOnly();
}

QString whyNot(QStringView kind, const DeploymentPage &page, const Acting *acting)
{
    if (onlyWatches(acting))
        return words::readOnly();
    const auto action = redisActionOf(kind, page.logbook().profile());
    return action ? QString()
                  : DeedRow::tr("Nothing can be done to it from here: %1.").arg(words::text(action.error().message));
}

} // namespace qd
