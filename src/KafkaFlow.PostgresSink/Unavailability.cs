using System.Globalization;
using System.Net.Sockets;
using KafkaFlow.Serdes;
using Npgsql;

namespace KafkaFlow.PostgresSink;

/// <summary>What is down, in one line: address, what was tried, for how long, what to check.</summary>
internal static class Unavailability
{
    public static bool Is(Exception e) =>
        e is NpgsqlException or SocketException or TimeoutException or IOException or SchemaUnavailableException;

    public static string Describe(Exception e, SinkOptions options, string tried, TimeSpan since)
    {
        if (e is SchemaUnavailableException) return $"sink {tried}: {e.Message}";
        var where = PostgresAddress.Describe(options.Postgres);
        var reason = (e is PostgresException refused
            ? $"{refused.SqlState} {refused.MessageText}" : Innermost(e).Message).ReplaceLineEndings(" ");
        // Class 57: it is being stopped, is starting, or has crashed.
        var check = e is PostgresException { SqlState: not ['5', '7', ..] }
            ? "Check the server's log, its disk, and the rights of that user."
            : "Check that the server runs, that it can be reached from here, and --postgres.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Postgres {where} cannot be written ({reason}); sink {tried}, for {since.TotalSeconds:0.0} s. {check}");
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e;
    }
}
