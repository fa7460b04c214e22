/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/roles.h"

using namespace Qt::StringLiterals;

namespace qd {

QString toWord(Known known)
{
    switch (known) {
    case Known::NotMeasured:
        return u"not-measured"_s;
    case Known::Measured:
        return u"measured"_s;
    case Known::Stale:
        return u"stale"_s;
    case Known::Refused:
        return u"refused"_s;
    case Known::NotAvailable:
        return u"not-available"_s;
    }
    return {};
}

Known knownOf(const Freshness &freshness, bool has)
{
    switch (freshness.kind) {
    case Freshness::Kind::Pending:
        return Known::NotMeasured;
    case Freshness::Kind::Fresh:
        return has ? Known::Measured : Known::NotMeasured;
    case Freshness::Kind::Stale:
        return has ? Known::Stale : Known::NotMeasured;
    case Freshness::Kind::Refused:
        return Known::Refused;
    }
    return Known::NotMeasured;
}

} // namespace qd
