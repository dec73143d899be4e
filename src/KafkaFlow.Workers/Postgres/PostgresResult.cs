using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace KafkaFlow.Workers.Postgres;

/// <summary>
/// Builds <c>{"command_0": {"status", "rows", "row_count", "columns"}, ..}</c>; a statement without rows has
/// <c>message</c> instead of rows and columns. Stops at the size that an answer may have.
/// </summary>
internal sealed class PostgresResult : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;
    private readonly int _maxBytes;
    private int _commands;

    public PostgresResult(int maxBytes)
    {
        _maxBytes = maxBytes;
        _writer = new Utf8JsonWriter(_buffer, Json.Writing);
        _writer.WriteStartObject();
    }

    public async Task AddAsync(NpgsqlDataReader reader, string keyword, CancellationToken cancel)
    {
        _writer.WriteStartObject(string.Create(CultureInfo.InvariantCulture, $"command_{_commands++}"));
        _writer.WriteString("status", "success");
        if (reader.FieldCount == 0) AddMessage(reader, keyword);
        else await AddRowsAsync(reader, cancel);
        _writer.WriteEndObject();
    }

    public string ToJson()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        return Encoding.UTF8.GetString(_buffer.WrittenSpan);
    }

    public void Dispose() => _writer.Dispose();

    private void AddMessage(NpgsqlDataReader reader, string keyword)
    {
        var affected = reader.RecordsAffected;
        _writer.WriteString("message", affected < 0
            ? $"{keyword} done"
            : string.Create(CultureInfo.InvariantCulture, $"{keyword}: {affected} rows"));
        _writer.WriteNumber("row_count", Math.Max(0, affected));
    }

    private async Task AddRowsAsync(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var columns = ColumnsOf(reader);
        var types = Enumerable.Range(0, columns.Length).Select(reader.GetDataTypeName).ToArray();
        _writer.WriteStartArray("rows");
        var rows = 0;
        for (; await reader.ReadAsync(cancel); rows++)
        {
            _writer.WriteStartObject();
            for (var i = 0; i < columns.Length; i++)
            {
                _writer.WritePropertyName(columns[i]);
                if (reader.IsDBNull(i)) _writer.WriteNullValue();
                else PostgresValues.Write(_writer, reader.GetString(i), types[i]);
            }
            _writer.WriteEndObject();
            var size = _writer.BytesCommitted + _writer.BytesPending;
            if (size > _maxBytes) throw new PostgresResultTooLargeException(size, _maxBytes);
        }
        _writer.WriteEndArray();
        _writer.WriteNumber("row_count", rows);
        _writer.WriteStartArray("columns");
        foreach (var column in columns) _writer.WriteStringValue(column);
        _writer.WriteEndArray();
    }

    /// <summary>A name that occurs twice gets a number, since a map holds it once.</summary>
    private static string[] ColumnsOf(NpgsqlDataReader reader)
    {
        var seen = new HashSet<string>();
        return [.. Enumerable.Range(0, reader.FieldCount).Select(i =>
        {
            var name = reader.GetName(i);
            for (var n = 2; !seen.Add(name); n++) name = $"{reader.GetName(i)}_{n}";
            return name;
        })];
    }
}

/// <summary>The rows are more than an answer may hold; the script is rolled back.</summary>
internal sealed class PostgresResultTooLargeException(long size, int limit) : Exception(string.Create(
    CultureInfo.InvariantCulture,
    $"the rows read so far have {size} bytes, at most {limit} are allowed; nothing of the script was kept"))
{
    public string Details => string.Create(
        CultureInfo.InvariantCulture, $$"""{"size_bytes":{{size}},"limit_bytes":{{limit}}}""");
}
