/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
// Stands in for the programs of platforms: `kubectl`, `railway` and `docker` are scripts that run it. It hands its
// arguments and its stdin to whoever listens at a port, and writes and ends as that answers. Free of Qt, as it is
// started by the thousand.
//
//     platform-program PORT NAME ARGUMENTS...

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace {
void add(std::string &to, const std::string &text)
{
    to += std::to_string(text.size()) + '\n' + text;
}

bool sendAll(int to, const std::string &bytes)
{
    std::size_t at = 0;
    while (at < bytes.size()) {
        const ssize_t sent = ::send(to, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += static_cast<std::size_t>(sent);
    }
    return true;
}

std::string readAll(int from)
{
    std::string all;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(from, buffer, sizeof buffer)) > 0;)
        all.append(buffer, static_cast<std::size_t>(got));
    return all;
}
} // namespace

int main(int argc, char **argv)
{
    if (argc < 3)
        return 127;
    std::string request;
    add(request, readAll(STDIN_FILENO));
    for (char **variable = environ; *variable != nullptr; ++variable)
        add(request, std::string("\1") + *variable);
    for (int i = 2; i < argc; ++i)
        add(request, argv[i]);
    request = std::to_string(request.size()) + '\n' + request;
    const int line = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (line < 0 || ::connect(line, reinterpret_cast<const sockaddr *>(&to), sizeof to) != 0 || !sendAll(line, request))
        return 126;
    const std::string answer = readAll(line);
    ::close(line);
    int code = 0;
    unsigned long long size = 0;
    int begin = 0;
    if (std::sscanf(answer.c_str(), "%d %llu\n%n", &code, &size, &begin) != 2 || begin == 0)
        return 125;
    const auto at = static_cast<std::size_t>(begin);
    std::fwrite(answer.data() + at, 1, size, stdout);
    std::fputs(answer.c_str() + at + size, stderr);
    return code;
}
