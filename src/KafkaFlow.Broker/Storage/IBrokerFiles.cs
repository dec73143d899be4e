namespace KafkaFlow.Broker.Storage;

/// <summary>One file that grows at its end. Reads of what was written go on while it grows; a file that was deleted or
/// replaced stays readable for who holds it.</summary>
internal interface ILogFile
{
    long Length { get; }

    void Write(long position, ReadOnlySpan<byte> bytes);

    /// <returns>Bytes read; fewer than asked only at the end.</returns>
    int Read(long position, Span<byte> target);

    void Truncate(long length);

    /// <summary>Returns when the device has it.</summary>
    void Flush();

    /// <summary>For a socket to send from (sendfile); null where it is memory.</summary>
    FileStream? Stream { get; }
}

/// <summary>Where a broker keeps its data: a directory, or memory. Paths are relative, parts separated by
/// '/'.</summary>
internal interface IBrokerFiles
{
    /// <summary>Takes the data for this broker alone until disposed.</summary>
    /// <exception cref="BrokerException">Another broker has it.</exception>
    IDisposable Lock();

    /// <summary>Opens, creating it if absent.</summary>
    ILogFile Open(string path);

    /// <returns>Names of files and directories in it; none if it is absent.</returns>
    IReadOnlyList<string> List(string directory);

    /// <returns>null if absent.</returns>
    byte[]? ReadAll(string path);

    /// <summary>Replaces the whole content: after a crash it is either the old or the new.</summary>
    void Replace(string path, ReadOnlySpan<byte> content);

    void Rename(string from, string to);

    void Delete(string path);

    void CreateDirectory(string path);

    void DeleteDirectory(string path);

    /// <returns>Total and usable bytes of the volume.</returns>
    (long Total, long Usable) Space();
}
