/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "console/options.h"

#include <QCommandLineParser>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
void describe(QCommandLineParser &parser)
{
    parser.setApplicationDescription(u"Quarterdeck: the console for whoever is on call."_s);
    parser.addOptions({
        {{u"help"_s, u"h"_s}, u"Shows this text."_s},
        {{u"version"_s, u"v"_s}, u"Shows the version."_s},
        {u"profile"_s, u"Opens the deployment that this profile leads to; may be repeated."_s, u"FILE"_s},
        {u"sandbox"_s, u"Starts the sandbox's deployments on this machine and opens them."_s},
        {u"read-only"_s, u"Only watches: nothing can be done to a deployment from this console."_s},
        {u"desk"_s,
         u"Where the journal of actions and the key are kept (default: quarterdeck in the user's own data "
         "directory)."_s,
         u"DIR"_s},
        {u"witness"_s,
         u"A file, best on another machine, that gets every signed head of the journal; postgresql:CONNECTION: the "
         u"table "
         "quarterdeck_witness that this connection of the first profile leads to. May be given once of each."_s,
         u"FILE"_s},
        {u"policy"_s, u"Who may do what (default: policy.yaml beside the profile, if there is one)."_s, u"FILE"_s},
        {u"screens"_s, u"Renders every page, light and dark, as PNG into DIR, without a display, and ends."_s,
         u"DIR"_s},
        {u"seconds"_s, u"With --screens: how long to watch before rendering; 20 unless given."_s, u"N"_s},
        {u"size"_s, u"With --screens: the window's size; may be repeated; 1280x800 and 1920x1080 unless given."_s,
         u"WxH"_s},
        {u"text"_s, u"With --screens: the size of text, 100 to 200; 100 unless given."_s, u"PERCENT"_s},
        {u"incident"_s, u"With --screens: then each deployment of the sandbox has an incident, and all is rendered "
                        "again once it shows."_s},
        {u"gone"_s, u"With --screens: at last nothing of the sandbox answers, and all is rendered again."_s},
        {u"sheets"_s, u"With --screens: contact sheets, too: every page of every deployment on one picture."_s},
        {u"scheme"_s, u"light, dark or system."_s, u"NAME"_s},
    });
}

Result<QList<QSize>> sizesOf(const QStringList &texts)
{
    QList<QSize> sizes;
    for (const QString &text : texts) {
        const QStringList parts = text.split(u'x');
        const QSize size(parts.value(0).toInt(), parts.value(1).toInt());
        if (parts.size() != 2 || size.width() < 400 || size.height() < 300 || size.width() > 8000 ||
            size.height() > 8000)
            return failure(ErrorCode::BadInput, u"expected WIDTHxHEIGHT such as 1280x800, from 400x300 to 8000x8000"_s,
                           u"--size "_s + text);
        sizes.append(size);
    }
    return sizes;
}
} // namespace

Result<Options> parseOptions(const QStringList &arguments)
{
    QCommandLineParser parser;
    describe(parser);
    if (!parser.parse(arguments))
        return failure(ErrorCode::BadInput, parser.errorText(), u"command line"_s);
    Options options{.profiles = parser.values(u"profile"_s) + parser.positionalArguments(),
                    .isReadOnly = parser.isSet(u"read-only"_s),
                    .desk = parser.value(u"desk"_s),
                    .witness = {},
                    .witnessConnection = {},
                    .policy = parser.value(u"policy"_s),
                    .startsSandbox = parser.isSet(u"sandbox"_s),
                    .screens = parser.value(u"screens"_s),
                    .textScale = 1,
                    .showsIncident = parser.isSet(u"incident"_s),
                    .showsGone = parser.isSet(u"gone"_s),
                    .makesSheets = parser.isSet(u"sheets"_s),
                    .scheme = {},
                    .showsHelp = parser.isSet(u"help"_s),
                    .showsVersion = parser.isSet(u"version"_s)};
    for (const QString &witness : parser.values(u"witness"_s)) {
        constexpr auto inPostgres = "postgresql:"_L1;
        if (witness.startsWith(inPostgres))
            options.witnessConnection = witness.sliced(inPostgres.size());
        else
            options.witness = witness;
    }
    if (!options.witnessConnection.isEmpty() && options.profiles.isEmpty())
        return failure(ErrorCode::BadInput, u"it needs the profile that has the connection: --profile FILE"_s,
                       u"--witness postgresql:"_s + options.witnessConnection);
    if (parser.isSet(u"seconds"_s)) {
        bool isNumber = false;
        options.liveFor = std::chrono::seconds(parser.value(u"seconds"_s).toInt(&isNumber));
        if (!isNumber || options.liveFor.count() < 0 || options.liveFor.count() > 3600)
            return failure(ErrorCode::BadInput, u"expected a number of seconds, 0 to 3600"_s, u"--seconds"_s);
    }
    if (parser.isSet(u"size"_s)) {
        const Result<QList<QSize>> sizes = sizesOf(parser.values(u"size"_s));
        if (!sizes)
            return std::unexpected(sizes.error());
        options.sizes = *sizes;
    }
    if (parser.isSet(u"text"_s)) {
        const int percent = parser.value(u"text"_s).toInt();
        if (percent < 100 || percent > 200)
            return failure(ErrorCode::BadInput, u"expected a percentage, 100 to 200"_s, u"--text"_s);
        options.textScale = percent / 100.0;
    }
    if (parser.isSet(u"scheme"_s)) {
        options.scheme = schemeChoice(parser.value(u"scheme"_s));
        if (!options.scheme)
            return failure(ErrorCode::BadInput, u"expected light, dark or system"_s, u"--scheme"_s);
    }
    for (const QString &name : {u"seconds"_s, u"size"_s, u"text"_s, u"incident"_s, u"gone"_s, u"sheets"_s}) {
        if (options.screens.isEmpty() && parser.isSet(name))
            return failure(ErrorCode::BadInput, u"it goes with --screens DIR"_s, u"--"_s + name);
    }
    return options;
}

QString helpText()
{
    QCommandLineParser parser;
    describe(parser);
    return parser.helpText();
}

} // namespace qd
